import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Exit, Fiber, FileSystem, Latch, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { Capability, type CondorTool } from "../../../src/index.ts"
import { ad, backend, handle, printed } from "../../ce/Scripted.ts"

const status = Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.status([handle("7.0")]))

describe("the private directory of a token", () => {
  const directories = (calls: ReadonlyArray<CondorTool.ToolCall>) =>
    Array.from(new Set(calls.map(({ environment }) => String(environment["_CONDOR_LOG"]))))

  // A CE that has the job, and what is in the directory where its backend may put files.
  const scene = Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "channels-test-" })
    const { calls, layer } = backend(() => printed(ad("7.0")), { temporaryDirectory: directory })
    return { fileSystem, directory, calls, layer, left: fileSystem.readDirectory(directory) }
  })
  const provided = Effect.provide(NodeServices.layer)

  it.effect("is the same for operations that follow each other, and gone when none has needed it for ten seconds", () =>
    Effect.gen(function*() {
      const { calls, layer, left } = yield* scene
      yield* Effect.gen(function*() {
        yield* Effect.all([status, status], { concurrency: 2 })
        yield* TestClock.adjust("9 seconds")
        yield* status
        yield* TestClock.adjust("9 seconds")
        assert.strictEqual((yield* left).length, 1)
        assert.strictEqual(directories(calls).length, 1)
        yield* TestClock.adjust("1 second")
        // Files are removed in real time.
        yield* Effect.repeat(left, { until: (names) => names.length === 0 })
        yield* status
        assert.strictEqual(directories(calls).length, 2)
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))

  it.effect("is another one on the next day, however busy the backend is", () =>
    Effect.gen(function*() {
      const { calls, layer } = yield* scene
      yield* Effect.gen(function*() {
        yield* TestClock.setTime(24 * 60 * 60 * 1_000 - 5_000)
        yield* status
        yield* TestClock.adjust("4 seconds")
        yield* status
        assert.strictEqual(directories(calls).length, 1)
        yield* TestClock.adjust("1 second")
        yield* status
        assert.strictEqual(directories(calls).length, 2)
      }).pipe(Effect.provide(layer))
    }).pipe(provided))

  // A CE that takes whoever shows a token, at a host where somebody takes tokens away before some of the calls.
  const robbed = Effect.fnUntraced(function*(taken: (call: number) => string | undefined) {
    const { directory, fileSystem, left } = yield* scene
    let turns = 0
    const { calls, layer } = backend(
      Effect.fnUntraced(function*({ environment }) {
        const own = String(environment["_CONDOR_LOG"])
        const name = taken(++turns)
        if (name !== undefined) yield* fileSystem.remove(`${own}/${name}`, { recursive: true, force: true })
        return (yield* fileSystem.exists(`${own}/tokens.d/token`))
          ? printed(ad("7.0"))
          : { exitCode: 1, stderr: "AUTHENTICATE:1003:Failed to authenticate with any method" }
      }, Effect.orDie),
      { temporaryDirectory: directory }
    )
    return { calls, fileSystem, layer, left }
  })

  it.effect.each(["tokens.d/token", "tokens.d", "condor_config"])(
    "is made anew when somebody has taken %s away, and the CE is not said to refuse the token",
    (name) =>
      Effect.gen(function*() {
        const { calls, fileSystem, layer, left } = yield* robbed(() => undefined)
        yield* Effect.gen(function*() {
          yield* status
          for (const one of directories(calls)) yield* fileSystem.remove(`${one}/${name}`, { recursive: true })
          yield* status
          assert.strictEqual(directories(calls).length, 2)
        }).pipe(Effect.provide(layer))
        assert.deepStrictEqual(yield* left, [])
      }).pipe(provided)
  )

  it.effect("is made anew when the token goes in the middle of an operation, which is then repeated, once", () =>
    Effect.gen(function*() {
      const once = yield* robbed((call) => call === 1 ? "tokens.d/token" : undefined)
      yield* Effect.provide(status, once.layer)
      assert.strictEqual(directories(once.calls).length, 2)
      const ever = yield* robbed(() => "tokens.d")
      assert.strictEqual((yield* Effect.flip(Effect.provide(status, ever.layer)))._tag, "AuthenticationFailed")
      assert.strictEqual(directories(ever.calls).length, 2)
      for (const { left } of [once, ever]) assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))

  it.effect("is made anew when somebody has removed it", () =>
    Effect.gen(function*() {
      const { calls, fileSystem, layer, left } = yield* scene
      yield* Effect.gen(function*() {
        yield* status
        for (const one of directories(calls)) yield* fileSystem.remove(one, { recursive: true })
        yield* status
        assert.strictEqual(directories(calls).length, 2)
        assert.strictEqual((yield* left).length, 1)
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))

  it.effect("is looked beside once a minute for what killed processes have left, also by who keeps it", () =>
    Effect.gen(function*() {
      const { directory, fileSystem, layer, left } = yield* scene
      yield* Effect.gen(function*() {
        yield* TestClock.setTime(Duration.toMillis("30000 days"))
        yield* status
        yield* fileSystem.makeDirectory(`${directory}/htcondor-ce-submit-aaaaaa`)
        for (const seconds of [9, 18, 27, 36, 45, 54]) {
          yield* TestClock.adjust("9 seconds")
          yield* status
          assert.strictEqual((yield* left).length, 2, `after ${seconds} seconds`)
        }
        yield* TestClock.adjust("9 seconds")
        yield* status
        assert.strictEqual((yield* left).length, 1)
      }).pipe(Effect.provide(layer))
    }).pipe(provided))

  it.effect("stays for others when it was refused to one", () =>
    Effect.gen(function*() {
      const { directory, fileSystem } = yield* scene
      const [asked, answer] = [yield* Latch.make(), yield* Latch.make()]
      let turns = 0
      const { calls, layer } = backend(
        () =>
          turns++ === 0
            ? asked.open.pipe(Effect.andThen(answer.await), Effect.as(printed(ad("7.0"))))
            : { exitCode: 1, stderr: "AUTHENTICATE:1003:Failed to authenticate with any method" },
        { temporaryDirectory: directory }
      )
      yield* Effect.gen(function*() {
        const fiber = yield* Effect.forkChild(status)
        yield* asked.await
        assert.strictEqual((yield* Effect.flip(status))._tag, "AuthenticationFailed")
        const [first = assert.fail()] = directories(calls)
        assert.isTrue(yield* fileSystem.exists(`${first}/tokens.d/token`))
        yield* answer.open
        yield* Fiber.join(fiber)
        assert.isFalse(yield* fileSystem.exists(first))
      }).pipe(Effect.provide(layer))
    }).pipe(provided))

  it.effect("goes with a backend that is left while it is asked for one status", () =>
    Effect.gen(function*() {
      const { directory, left } = yield* scene
      const asked = yield* Latch.make()
      let stopped = 0
      const { layer } = backend(
        () => Effect.onInterrupt(Effect.andThen(asked.open, Effect.never), () => Effect.sync(() => stopped++)),
        { temporaryDirectory: directory }
      )
      const statusOf = Effect.flatMap(Capability.StatusReporter, (reporter) => reporter.statusOf(handle("7.0")))
      const fiber = yield* Effect.forkChild(Effect.provide(statusOf, layer))
      yield* TestClock.adjust("1 second")
      yield* asked.await
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(stopped, 1)
      assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))

  it.effect("is tried again when it could not be made", () =>
    Effect.gen(function*() {
      const { directory, fileSystem } = yield* scene
      const temporaryDirectory = `${directory}/later`
      const { layer } = backend(() => printed(ad("7.0")), { temporaryDirectory })
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(status))._tag, "LocalFailure")
        yield* fileSystem.makeDirectory(temporaryDirectory)
        yield* status
      }).pipe(Effect.provide(layer))
    }).pipe(provided))

  it.effect("is one of its own for a finalizer that runs when the backend has gone", () =>
    Effect.gen(function*() {
      const { calls, layer, left } = yield* scene
      const reporter = yield* Effect.provide(
        Effect.tap(Capability.StatusReporter, ({ status }) => status([handle("7.0")])),
        layer
      )
      assert.strictEqual(Array.from(yield* reporter.status([handle("7.0")])).length, 1)
      assert.strictEqual(directories(calls).length, 2)
      assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))

  it.effect("stays for an operation that is under way when the backend goes, and goes with it", () =>
    Effect.gen(function*() {
      const { directory, left } = yield* scene
      const [asked, answer] = [yield* Latch.make(), yield* Latch.make()]
      const { layer } = backend(
        () => asked.open.pipe(Effect.andThen(answer.await), Effect.as(printed(ad("7.0")))),
        { temporaryDirectory: directory }
      )
      const scope = yield* Scope.make()
      const { status } = Context.get(yield* Layer.buildWithScope(layer, scope), Capability.StatusReporter)
      const fiber = yield* Effect.forkChild(status([handle("7.0")]))
      yield* asked.await
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* left).length, 1)
      yield* answer.open
      assert.strictEqual(Array.from(yield* Fiber.join(fiber)).length, 1)
      assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))
})
