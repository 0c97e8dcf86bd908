/**
 * HTCondor's tools in another process, over a Unix socket: a fake then survives the program under test.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
// Effect has no socket without a package for the platform.
import { createConnection, createServer, type Socket } from "node:net"
import {
  CondorTool,
  make,
  type ToolCall,
  type ToolError,
  toolNames,
  ToolNotStarted,
  ToolOutputTooLarge,
  type ToolResult,
  ToolTimedOut
} from "../condor/tools/CondorTool.ts"
import { LocalFailure } from "../contract/BackendError.ts"

const Call = Schema.fromJsonString(Schema.Struct({
  tool: Schema.Literals(toolNames),
  args: Schema.Array(Schema.String),
  environment: Schema.Record(Schema.String, Schema.String),
  cwd: Schema.optionalKey(Schema.String),
  writableDirectory: Schema.optionalKey(Schema.String),
  stdin: Schema.optionalKey(Schema.String),
  timeout: Schema.DurationFromMillis
}))

const Answer = Schema.fromJsonString(
  Schema.Union([
    Schema.Struct({ exitCode: Schema.Int, stdout: Schema.String, stderr: Schema.String }),
    ToolNotStarted,
    ToolTimedOut,
    ToolOutputTooLarge
  ])
)

const encodeCall = Schema.encodeEffect(Call)
const decodeCall = Schema.decodeEffect(Call)
const encodeAnswer = Schema.encodeEffect(Answer)
const decodeAnswer = Schema.decodeEffect(Answer)

// Each connection has one line in each direction. JSON escapes line breaks.
const onLine = (socket: Socket, take: (line: string) => void): void => {
  let text = ""
  socket.setEncoding("utf8")
  socket.on("data", (chunk) => {
    text += String(chunk)
    if (text.endsWith("\n")) take(text)
  })
}

/**
 * Serves the `CondorTool` of the environment on a Unix socket at `path`, until the scope ends.
 *
 * **Details**
 *
 * If a client disconnects, its call is interrupted, as HTCondor's tools end with their client. Fails with `LocalFailure` if
 * the socket cannot be opened, for example if the file exists.
 *
 * **Gotchas**
 *
 * Calls name files, so both processes need the same file system. Any process that can open the socket can use the tools,
 * and calls may have secrets in their environment. Put `path` in a private directory.
 *
 * @category running
 * @since 0.1.0
 */
export const serve = Effect.fn("RemoteTools.serve")(function*(
  path: string
): Effect.fn.Return<void, LocalFailure, CondorTool | Scope.Scope> {
  const tools = yield* CondorTool
  const fork = yield* FiberSet.makeRuntime<never, void, never>()
  const answer = (line: string) =>
    decodeCall(line).pipe(
      Effect.flatMap((call) => Effect.result(tools.run(call))),
      Effect.flatMap((result) => encodeAnswer(Result.merge(result)))
    )
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy())
    onLine(socket, (line) => {
      const end = (exit: Exit.Exit<string, unknown>) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) socket.end(`${exit.value}\n`)
          else socket.destroy()
        })
      const fiber = fork(Effect.ignore(Effect.onExit(answer(line), end)))
      socket.on("close", () => fork(Effect.asVoid(Fiber.interrupt(fiber))))
    })
  })
  yield* Effect.acquireRelease(
    Effect.callback<void, LocalFailure>((resume) => {
      server.once("error", ({ message }) => resume(Effect.fail(new LocalFailure({ path, detail: message }))))
      server.listen(path, () => resume(Effect.void))
    }),
    () => Effect.sync(() => server.close())
  )
})

/**
 * {@link serve} as a layer: it serves the tools until the layer's scope ends.
 *
 * **Example** (A fake in its own process)
 *
 * ```ts
 * import { NodeRuntime, NodeServices } from "@effect/platform-node"
 * import { Layer } from "effect"
 * import { FakeSchedd, RemoteTools } from "effect-htcondor-ce/testing"
 *
 * const fake = FakeSchedd.layer({ payload: () => ({ duration: "10 seconds" }) })
 *
 * export const main = () =>
 *   RemoteTools.layerServer("/run/user/1000/fake/socket").pipe(
 *     Layer.provide(fake),
 *     Layer.provide(NodeServices.layer),
 *     Layer.launch,
 *     NodeRuntime.runMain
 *   )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerServer = (path: string): Layer.Layer<never, LocalFailure, CondorTool> =>
  Layer.effectDiscard(serve(path))

const plain = (value: string | Redacted.Redacted<string>): string =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

const ask = ({ cwd, environment, stdin, timeout, writableDirectory, ...call }: ToolCall, path: string) => {
  const notStarted = (detail: string) => new ToolNotStarted({ tool: call.tool, detail, temporary: true })
  return encodeCall({
    tool: call.tool,
    args: call.args,
    environment: Record.map(environment, plain),
    timeout: Duration.fromInputUnsafe(timeout),
    ...(cwd === undefined ? {} : { cwd }),
    ...(writableDirectory === undefined ? {} : { writableDirectory }),
    ...(stdin === undefined ? {} : { stdin })
  }).pipe(
    Effect.flatMap((line) =>
      Effect.callback<string, ToolNotStarted>((resume) => {
        const socket = createConnection(path)
        const fail = (detail: string) => resume(Effect.fail(notStarted(detail)))
        socket.on("error", ({ message }) => fail(message))
        socket.on("close", () => fail("the process that serves the tools closed the connection"))
        onLine(socket, (text) => resume(Effect.succeed(text)))
        socket.write(`${line}\n`)
        return Effect.sync(() => socket.destroy())
      })
    ),
    Effect.flatMap(decodeAnswer),
    Effect.catchTag("SchemaError", ({ message }) => Effect.fail(notStarted(message))),
    Effect.flatMap((answer): Effect.Effect<ToolResult, ToolError> =>
      "exitCode" in answer ? Effect.succeed(answer) : Effect.fail(answer)
    )
  )
}

/**
 * The tools that another process serves at `path`: see {@link serve}.
 *
 * **Details**
 *
 * If no process serves the socket, or its process ends during a call, the call fails with `ToolNotStarted` and
 * `temporary: true`.
 *
 * **Example** (Calling a fake through a socket)
 *
 * ```ts
 * import { Effect, FileSystem, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd, RemoteTools } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const fileSystem = yield* FileSystem.FileSystem
 *   const socket = `${yield* fileSystem.makeTempDirectoryScoped()}/socket`
 *   const fake = yield* FakeSchedd.FakeSchedd
 *   // This serves the tools of the fake. A test does it in a second process.
 *   yield* RemoteTools.serve(socket)
 *
 *   const backend = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
 *     Layer.provide([RemoteTools.layer(socket), Credential.layerToken(FakeSchedd.token("pilot"))])
 *   )
 *   const { submit } = yield* Effect.provide(Capability.Submitter, backend)
 *   yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   assert.strictEqual((yield* fake.queue).length, 1)
 * })
 * ```
 *
 * **Example** (A program under test)
 *
 * ```ts
 * import { Layer } from "effect"
 * import { ScheddTransport } from "effect-htcondor-ce"
 * import { RemoteTools } from "effect-htcondor-ce/testing"
 *
 * // Instead of `ScheddTransport.layer()`.
 * export const transport = ScheddTransport.layerTools().pipe(
 *   Layer.provide(RemoteTools.layer("/run/user/1000/fake/socket"))
 * )
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (path: string): Layer.Layer<CondorTool> =>
  Layer.succeed(CondorTool, make((call) => ask(call, path)))
