/**
 * A client process. It does one task on command, and may be killed meanwhile, or it submits with each key that it receives. Its orders are
 * its only argument.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer, Queue, Redacted, Result, Schema } from "effect"
import { argv, stdin, stdout } from "node:process"
import { Capability, CondorTool, Credential, JobHandle, SubmissionKey } from "../../src/index.ts"
import { RemoteTools } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"

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
    }),
    Schema.Struct({ race: Schema.Literal(true), copies: Schema.Int, executable: Schema.String })
  ])
})

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Orders))

/** A key to submit with, and the answer: the handles, or the message of a failure. */
export const Raced = Schema.fromJsonString(Schema.Struct({
  key: SubmissionKey.SubmissionKey,
  handles: Schema.Array(JobHandle.JobHandleFromString),
  failure: Schema.String
}))

const encodeRaced = Schema.encodeEffect(Raced)

/** The payload of all clients. */
export const copiesOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    environment: { COPY: String(index) },
    secrets: { "secret.txt": Redacted.make(`secret of ${index}`) }
  }))

const go = Effect.callback<void>((resume) => {
  stdin.once("data", () => resume(Effect.void))
})

const say = (word: string) => Effect.sync(() => stdout.write(`${word}\n`))

const program = Effect.gen(function*() {
  const { endpoint, schedd, task, temporaryDirectory, token, tools } = yield* decode(argv[2])
  const tool = "socket" in tools ? RemoteTools.layer(tools.socket) : CondorTool.layer({ binDirectory: tools.directory })
  // Clients that race are not killed, and may be slow on a busy machine.
  const grace = "race" in task ? {} : { spoolingGrace: "1 second" } as const
  const backend = Backend.layer({ endpoint, schedd, temporaryDirectory, ...grace }).pipe(
    Layer.provide([tool, Credential.layerToken(Redacted.make(token))]),
    Layer.provide(NodeServices.layer)
  )
  yield* Effect.gen(function*() {
    const submitter = yield* Capability.Submitter
    const retriever = yield* Capability.OutputRetriever
    if ("race" in task) {
      const keys = yield* Queue.unbounded<SubmissionKey.SubmissionKey>()
      let rest = ""
      stdin.on("data", (chunk) => {
        const lines = `${rest}${String(chunk)}`.split("\n")
        rest = lines.pop() ?? ""
        for (const line of lines) Queue.offerUnsafe(keys, SubmissionKey.SubmissionKey.make(line))
      })
      yield* say("ready")
      return yield* Effect.forever(Effect.gen(function*() {
        const key = yield* Queue.take(keys)
        const { copies, executable } = task
        const submission = yield* Effect.result(submitter.submit({ executable }, copiesOf(copies), { key }))
        yield* say(
          yield* encodeRaced(
            Result.isSuccess(submission)
              ? { key, handles: submission.success.handles, failure: "" }
              : { key, handles: [], failure: submission.failure.message }
          )
        )
      }))
    }
    yield* say("ready")
    yield* go
    if ("destination" in task) yield* retriever.fetch(task.handles, task.destination)
    else {
      yield* submitter.submit(
        { executable: task.executable, arguments: task.arguments },
        copiesOf(task.copies),
        { key: task.key }
      )
    }
  }).pipe(Effect.provide(backend))
  yield* say("done")
  stdin.destroy()
})

if (argv[2] !== undefined) NodeRuntime.runMain(program)
