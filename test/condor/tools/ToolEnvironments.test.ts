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

  // A CE with the job, and the content of the temporary directory of its backend.
  const scene = Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "channels-test-" })
    const { calls, layer } = backend(() => printed(ad("7.0")), { temporaryDirectory: directory })
    return { fileSystem, directory, calls, layer, left: fileSystem.readDirectory(directory) }
  })
  const provided = Effect.provide(NodeServices.layer)

  it.effect("is shared by consecutive operations, and removed ten seconds after the last one", () =>
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

  it.effect("is a new one on the next day, even if the backend is busy", () =>
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

  // A CE that accepts any token, at a host where another process removes tokens before some of the calls.
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
    "is made again if %s was removed, and the token does not count as refused",
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

  it.effect("is made again if the token is removed during an operation, which is then repeated once", () =>
    Effect.gen(function*() {
      const once = yield* robbed((call) => call === 1 ? "tokens.d/token" : undefined)
      yield* Effect.provide(status, once.layer)
      assert.strictEqual(directories(once.calls).length, 2)
      const ever = yield* robbed(() => "tokens.d")
      assert.strictEqual((yield* Effect.flip(Effect.provide(status, ever.layer)))._tag, "AuthenticationFailed")
      assert.strictEqual(directories(ever.calls).length, 2)
      for (const { left } of [once, ever]) assert.deepStrictEqual(yield* left, [])
    }).pipe(provided))

  it.effect("is made again if it was removed", () =>
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

  it.effect("its neighbours from killed processes are removed once a minute, also while it is in use", () =>
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

  it.effect("stays for other operations if one was refused", () =>
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

  it.effect("is removed with a backend that ends during a status query", () =>
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

  it.effect("is made by the next operation if it could not be made", () =>
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

  it.effect("is a separate one for a finalizer that runs after the end of the backend", () =>
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

  it.effect("stays for an operation that still runs at the end of the backend, and is removed after it", () =>
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
