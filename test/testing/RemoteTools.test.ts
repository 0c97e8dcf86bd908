/** Tools over a socket: a fake that survives the process of its client. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Fiber, FileSystem, Layer, Path, Redacted, Result, Schema } from "effect"
import { createServer } from "node:net"
import { CondorTool } from "../../src/index.ts"
import { RemoteTools } from "../../src/testing/index.ts"

const call: CondorTool.ToolCall = {
  tool: "condor_q",
  args: ["-constraint", "A == \"é\n\""],
  environment: { A: "1", TOKEN: Redacted.make("secret") },
  cwd: "/tmp",
  writableDirectory: "/tmp/x",
  stdin: "one\ntwo\n",
  timeout: "1.5 seconds"
}

/** Serves tools that run `run`, and returns the socket with the tools of a client. */
const serving = Effect.fnUntraced(function*(run: CondorTool.CondorTool["Service"]["run"]) {
  const fileSystem = yield* FileSystem.FileSystem
  const socket = (yield* Path.Path).join(yield* fileSystem.makeTempDirectoryScoped({ prefix: "remote-" }), "socket")
  yield* Layer.build(
    RemoteTools.layerServer(socket).pipe(Layer.provide(Layer.succeed(CondorTool.CondorTool, CondorTool.make(run))))
  )
  return { socket, tools: yield* clientOf(socket) }
})

const clientOf = (socket: string) => Effect.provide(CondorTool.CondorTool, RemoteTools.layer(socket))

describe("RemoteTools", () => {
  it.live("call: reaches the tools unchanged, and the client gets their answer or error", () =>
    Effect.gen(function*() {
      const seen: Array<CondorTool.ToolCall> = []
      const answers: ReadonlyArray<Result.Result<CondorTool.ToolResult, CondorTool.ToolError>> = [
        Result.succeed({ exitCode: 3, stdout: `a\n"b"\u2028${"x".repeat(300_000)}`, stderr: "é\n" }),
        Result.fail(new CondorTool.ToolNotStarted({ tool: "condor_q", detail: "no such command" })),
        Result.fail(new CondorTool.ToolTimedOut({ tool: "condor_q", seconds: 1.5 })),
        Result.fail(new CondorTool.ToolOutputTooLarge({ tool: "condor_q", pipe: "stdout", maxBytes: 7 }))
      ]
      const { tools } = yield* serving((one) =>
        Effect.suspend(() => {
          const answer = answers[seen.push(one) - 1]
          return answer === undefined ? Effect.die(new Error("too many calls")) : Effect.fromResult(answer)
        })
      )
      for (const answer of answers) assert.deepStrictEqual(yield* Effect.result(tools.run(call)), answer)
      const timeout = Duration.millis(1_500)
      for (const one of seen) {
        assert.deepStrictEqual(one, { ...call, timeout, environment: { A: "1", TOKEN: "secret" } })
      }
      // A defect of the tools is not a defect of the client.
      const error = yield* Effect.flip(tools.run(call))
      assert.deepInclude(error, {
        _tag: "ToolNotStarted",
        temporary: true,
        detail: "the process that serves the tools closed the connection"
      })
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("disconnect: interrupts the tool of a client, and fails the call of a client whose server ends", () =>
    Effect.gen(function*() {
      const began = yield* Deferred.make<void>()
      const ended = yield* Deferred.make<void>()
      const { tools } = yield* serving(() =>
        Effect.onInterrupt(
          Effect.andThen(Deferred.succeed(began, undefined), Effect.never),
          () => Deferred.succeed(ended, undefined)
        )
      )
      const fiber = yield* Effect.forkChild(tools.run(call))
      yield* Deferred.await(began)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(ended)

      const again = yield* Deferred.make<void>()
      const left = yield* Effect.scoped(Effect.gen(function*() {
        const { tools } = yield* serving(() => Effect.andThen(Deferred.succeed(again, undefined), Effect.never))
        const left = yield* Effect.forkDetach(Effect.flip(tools.run(call)))
        yield* Deferred.await(again)
        return left
      }))
      assert.deepInclude(yield* Fiber.join(left), { _tag: "ToolNotStarted", temporary: true })
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))

  it.live("socket: a missing one, one of another server, and one that exists already are failures", () =>
    Effect.gen(function*() {
      const { socket, tools } = yield* serving(() => Effect.die(new Error("not asked")))
      const none = yield* clientOf(`${socket}.none`)
      const error = yield* Effect.flip(none.run(call))
      assert.deepInclude(error, { _tag: "ToolNotStarted", temporary: true })
      assert.include("detail" in error ? error.detail : "", "ENOENT")
      const taken = yield* Effect.flip(
        Effect.provide(RemoteTools.serve(socket), Layer.succeed(CondorTool.CondorTool, tools))
      )
      assert.include(taken.message, "EADDRINUSE")
      const stranger = createServer((one) => void one.end("HTTP/1.1 400\n")).listen(`${socket}.other`)
      yield* Effect.addFinalizer(() => Effect.sync(() => stranger.close()))
      const odd = yield* Effect.flip((yield* clientOf(`${socket}.other`)).run(call))
      assert.isTrue(Schema.is(CondorTool.ToolNotStarted)(odd))
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
