/** Tools that run in another process: what a client that may be killed talks to. */
import { Cause, Duration, Effect, Fiber, Layer, Redacted, Schema } from "effect"
import { createConnection, createServer, type Socket } from "node:net"
import { CondorTool } from "../../src/index.ts"

const Question = Schema.fromJsonString(Schema.Struct({
  tool: Schema.Literals(CondorTool.toolNames),
  args: Schema.Array(Schema.String),
  environment: Schema.Record(Schema.String, Schema.String),
  cwd: Schema.optionalKey(Schema.String),
  stdin: Schema.optionalKey(Schema.String),
  timeout: Schema.Finite
}))

const Answer = Schema.fromJsonString(
  Schema.Union([
    Schema.Struct({ exitCode: Schema.Int, stdout: Schema.String, stderr: Schema.String }),
    CondorTool.ToolNotStarted,
    CondorTool.ToolTimedOut,
    CondorTool.ToolOutputTooLarge
  ])
)

const encodeQuestion = Schema.encodeSync(Question)
const decodeQuestion = Schema.decodeUnknownSync(Question)
const encodeAnswer = Schema.encodeSync(Answer)
const decodeAnswer = Schema.decodeUnknownSync(Answer)

// One line each way and connection.
const line = (socket: Socket, take: (text: string) => void) => {
  let text = ""
  socket.setEncoding("utf8")
  socket.on("data", (chunk) => {
    text += String(chunk)
    if (text.endsWith("\n")) take(text)
  })
  socket.on("error", () => socket.destroy())
}

/** Runs tools for those who connect to the socket; one whose client has gone is interrupted, as if it had been killed. */
export const serve = (path: string) =>
  Effect.gen(function*() {
    const tools = yield* CondorTool.CondorTool
    const context = yield* Effect.context<never>()
    yield* Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer((socket) => {
          line(socket, (text) => {
            const run = tools.run(decodeQuestion(text)).pipe(
              Effect.match({ onFailure: (error) => encodeAnswer(error), onSuccess: (result) => encodeAnswer(result) }),
              Effect.map((answer) => socket.end(`${answer}\n`)),
              Effect.catchCause((cause) => Effect.sync(() => socket.destroy(new Error(Cause.pretty(cause)))))
            )
            const fiber = Effect.runForkWith(context)(run)
            socket.on("close", () => Effect.runFork(Fiber.interrupt(fiber)))
          })
        })
        server.listen(path, () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    )
  })

/** The tools that a socket serves. */
export const layer = (path: string): Layer.Layer<CondorTool.CondorTool> =>
  Layer.succeed(
    CondorTool.CondorTool,
    CondorTool.make(({ args, cwd, environment, stdin, timeout, tool }) =>
      Effect.callback<CondorTool.ToolResult, CondorTool.ToolError>((resume) => {
        const socket = createConnection(path)
        line(socket, (text) => {
          const answer = decodeAnswer(text)
          resume("exitCode" in answer ? Effect.succeed(answer) : Effect.fail(answer))
        })
        socket.write(`${
          encodeQuestion({
            tool,
            args,
            environment: Object.fromEntries(
              Object.entries(environment).map(([name, value]) => [
                name,
                Redacted.isRedacted(value) ? Redacted.value(value) : value
              ])
            ),
            timeout: Duration.toMillis(Duration.fromInputUnsafe(timeout)),
            ...(cwd === undefined ? {} : { cwd }),
            ...(stdin === undefined ? {} : { stdin })
          })
        }\n`)
        return Effect.sync(() => socket.destroy())
      })
    )
  )
