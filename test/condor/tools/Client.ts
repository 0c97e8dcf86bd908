/** A client that runs one tool, and is killed while it does. Arguments: the directory of the tools, and the tool. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Schema } from "effect"
import { argv } from "node:process"
import * as CondorTool from "../../../src/condor/tools/CondorTool.ts"

const decode = Schema.decodeUnknownEffect(Schema.Tuple([Schema.String, Schema.Literals(CondorTool.toolNames)]))

const program = Effect.gen(function*() {
  const [binDirectory, tool] = yield* decode(argv.slice(2))
  const { run } = yield* Effect.provide(
    CondorTool.CondorTool,
    CondorTool.layer({ binDirectory }).pipe(Layer.provide(NodeServices.layer))
  )
  yield* run({ tool, args: [], environment: {}, timeout: "1 minute" })
})

if (argv.length > 2) NodeRuntime.runMain(program)
