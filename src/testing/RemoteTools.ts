/**
 * Tools that run in another process, so that a fake outlives the program that it is there for.
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

// One line each way for each connection. JSON has no line break of its own.
const onLine = (socket: Socket, take: (line: string) => void): void => {
  let text = ""
  socket.setEncoding("utf8")
  socket.on("data", (chunk) => {
    text += String(chunk)
    if (text.endsWith("\n")) take(text)
  })
}

/**
 * Runs tools for those who connect to a socket, for as long as the scope lives. A call whose client has gone is interrupted, as tools
 * are that die with their client.
 *
 * **Gotchas**
 *
 * Calls name files, so both processes need the same file system. Every process that can open the socket can use the tools, and calls
 * may have secrets in their environment: put `path` in a private directory.
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
 * The same for as long as the layer lives.
 *
 * **Example** (A fake in a process of its own)
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
        socket.on("close", () => fail("who runs the tools has gone"))
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
 * The tools that a socket serves: {@link serve}. While nobody serves them they cannot be started, for the time being.
 *
 * **Example** (A program that may be killed)
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
