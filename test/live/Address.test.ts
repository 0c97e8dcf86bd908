/** A schedd that has moved away from the address that its collector gives: each tool then finds it by its name. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Layer, Redacted, Stream } from "effect"
import * as Config from "../../src/ce/Config.ts"
import type { Schedd } from "../../src/condor/Schedd.ts"
import { Capability, CondorTool, ScheddTransport, SubmissionKey } from "../../src/index.ts"
import * as Backend from "./Backend.ts"
import { Stack, versions } from "./Stack.ts"

/** Addresses that no schedd answers at: a shared port that does not know the schedd, and a port with no listener. */
const wrong = [
  ["a name that the shared port does not know", (ad: string) => ad.replace(/sock=[^&>]+/g, "sock=schedd_1_dead")],
  ["a port at which nobody listens", (ad: string) => ad.replace(/(<[\d.]+:|addrs=[\d.]+-)\d+/g, "$11")]
] as const

/** The stack's tools, with a collector that gives a wrong address. The runs are recorded. */
const misled = (change: (ad: string) => string, runs: Array<CondorTool.ToolCall>) =>
  Layer.unwrap(Effect.map(Stack, ({ binDirectory }) =>
    Layer.effect(
      CondorTool.CondorTool,
      Effect.map(CondorTool.CondorTool, ({ run }) =>
        CondorTool.make((call) =>
          Effect.suspend(() => {
            runs.push(call)
            return Effect.map(run(call), (result) =>
              call.tool === "condor_status" ? { ...result, stdout: change(result.stdout) } : result)
          })
        ))
    ).pipe(Layer.provide(CondorTool.layer({ binDirectory })), Layer.provide(NodeServices.layer))))

const isByName = ({ args }: CondorTool.ToolCall) => args.includes("-pool")

for (const version of versions) {
  it.layer(Layer.merge(Stack.layer(version), NodeServices.layer), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`a schedd of ${version} that has moved`, (it) => {
    it.effect.each(wrong)(
      "schedd: answers each question although its collector gives a wrong address: %s",
      ([, change]) =>
        Effect.gen(function*() {
          const stack = yield* Stack
          const runs: Array<CondorTool.ToolCall> = []
          const tools = misled(change, runs)
          const backend = Backend.layer(stack.config).pipe(
            Layer.provide([tools, stack.credentials]),
            Layer.provide(NodeServices.layer)
          )
          const submit = Effect.gen(function*() {
            const submitter = yield* Capability.Submitter
            const key = yield* SubmissionKey.generate
            return yield* submitter.submit({ executable: "/bin/sleep", arguments: ["300"] }, [{}], { key })
          })
          const { handles } = yield* Effect.provide(submit, backend)

          const job = `ClusterId == ${handles[0]?.job.split(".")[0]}`
          const attributes = ["ClusterId", "ProcId", "JobStatus"]
          const fileSystem = yield* FileSystem.FileSystem
          const token = Redacted.make((yield* fileSystem.readFileString(stack.tokenFile)).trim())
          const tried = Effect.fnUntraced(
            function*<A, E>(ask: (schedd: Schedd) => Effect.Effect<A, E>) {
              const transport = yield* ScheddTransport.ScheddTransport
              const { endpoint: address, schedd: name } = stack
              const settings = { ...Config.settings(stack.config), name: { address, schedd: name }, doubt: undefined }
              const connection = yield* transport.open(settings)
              const schedd = yield* connection.as(Effect.succeed({ token, expiresAt: undefined }))
              // The schedd answers to its name. After that, the library asks for its address.
              yield* schedd.identity
              runs.length = 0
              const answer = yield* ask(schedd)
              assert.deepStrictEqual(runs.map(isByName), [true, false, true], runs.map(({ tool }) => tool).join())
              return answer
            },
            Effect.scoped,
            Effect.provide(ScheddTransport.layerTools()),
            Effect.provide(tools)
          )

          const queue = { constraint: job, attributes }
          assert.strictEqual((yield* tried((one) => Stream.runCollect(one.queue(queue)))).length, 1)
          yield* tried((one) => Stream.runCollect(one.history({ attributes, limit: 1 })))
          assert.isNotEmpty(yield* tried((one) => one.identity))
          yield* tried((one) => one.edit(job, [["EffectCETag", "\"moved\""]]))
          yield* tried((one) => one.transfer(`${job} && JobStatus == 4`, { directory: "/tmp", timeout: "1 minute" }))
          assert.strictEqual((yield* tried((one) => one.act("Remove", job, "moved"))).size, 1)
          yield* Effect.provide(
            Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel(handles)),
            backend
          )
        })
    )
  })
}
