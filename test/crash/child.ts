/** A client that does one thing, at a word, and may be killed while it does it. Its orders are its only argument. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Redacted, Schema } from "effect"
import { argv, stdin, stdout } from "node:process"
import { Capability, CondorTool, Credential, HTCondorCE, JobHandle, SubmissionKey } from "../../src/index.ts"
import * as Bridge from "./Bridge.ts"

/** `tools` is a socket of a bridge, or a directory with real tools. */
export const Orders = Schema.Struct({
  tools: Schema.Union([Schema.Struct({ socket: Schema.String }), Schema.Struct({ directory: Schema.String })]),
  token: Schema.String,
  endpoint: Schema.String,
  schedd: Schema.String,
  temporaryDirectory: Schema.String,
  task: Schema.Union([
    Schema.Struct({ destination: Schema.String, handles: Schema.Array(JobHandle.JobHandleFromString) }),
    Schema.Struct({
      key: SubmissionKey.SubmissionKey,
      copies: Schema.Int,
      executable: Schema.String,
      arguments: Schema.Array(Schema.String)
    })
  ])
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Orders))

const go = Effect.callback<void>((resume) => {
  stdin.once("data", () => resume(Effect.void))
})

const say = (word: string) => Effect.sync(() => stdout.write(`${word}\n`))

const program = Effect.gen(function*() {
  const { endpoint, schedd, task, temporaryDirectory, token, tools } = yield* decode(argv[2])
  const tool = "socket" in tools ? Bridge.layer(tools.socket) : CondorTool.layer({ binDirectory: tools.directory })
  const backend = HTCondorCE.layer({ endpoint, schedd, temporaryDirectory, spoolingGrace: "1 second" }).pipe(
    Layer.provide([tool, Credential.layerToken(Redacted.make(token))]),
    Layer.provide(NodeServices.layer)
  )
  yield* Effect.gen(function*() {
    const submitter = yield* Capability.Submitter
    const retriever = yield* Capability.OutputRetriever
    yield* say("ready")
    yield* go
    if ("destination" in task) yield* retriever.fetch(task.handles, task.destination)
    else {
      const copies = Array.from({ length: task.copies }, (_, index) => ({
        environment: { COPY: String(index) },
        secrets: { "secret.txt": Redacted.make(`secret of ${index}`) }
      }))
      yield* submitter.submit({ executable: task.executable, arguments: task.arguments }, copies, { key: task.key })
    }
  }).pipe(Effect.provide(backend))
  yield* say("done")
  stdin.destroy()
})

if (argv[2] !== undefined) NodeRuntime.runMain(program)
