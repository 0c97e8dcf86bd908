import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, FileSystem, Layer, Path } from "effect"
import { Capability, CondorTool, Credential, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Backend from "./Backend.ts"

const site = Backend.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer()),
  Layer.provideMerge(NodeServices.layer)
)

describe("TimeLapse", () => {
  it.effect("clock: stops while a tool works, however long that takes", () =>
    Effect.gen(function*() {
      const { run } = yield* CondorTool.CondorTool
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const directory = yield* fileSystem.makeTempDirectoryScoped()
      const tokens = yield* fileSystem.makeTempDirectoryScoped()
      yield* fileSystem.writeFileString(path.join(tokens, "token"), "any", { mode: 0o600 })
      const names = Array.from({ length: 1_000 }, (_, index) => `in-${index}`)
      for (const name of names) yield* fileSystem.writeFileString(path.join(directory, name), name)
      const began = yield* Clock.currentTimeMillis
      const { exitCode } = yield* run({
        tool: "condor_submit",
        args: ["-terse", "-pool", "ce.example.org:9619", "-remote", "ce.example.org"],
        environment: { _CONDOR_SEC_TOKEN_DIRECTORY: tokens },
        cwd: directory,
        stdin: `executable = /bin/true\ntransfer_input_files = ${names.join(",")}\nqueue\n`,
        timeout: "10 seconds"
      })
      assert.strictEqual(exitCode, 0)
      assert.strictEqual(yield* Clock.currentTimeMillis, began)
    }).pipe(Effect.scoped, TimeLapse.run, Effect.provide(site)))

  it.effect("clock: does not overtake a program that writes files each minute", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const began = yield* Clock.currentTimeMillis
      const seen: Array<number> = []
      const cycle = Effect.gen(function*() {
        const directory = yield* fileSystem.makeTempDirectoryScoped()
        for (let index = 0; index < 20; index++) yield* fileSystem.writeFileString(`${directory}/${index}`, "x")
        seen.push((yield* Clock.currentTimeMillis) - began)
      }).pipe(Effect.scoped, Effect.andThen(Effect.sleep("1 minute")))
      yield* Effect.forkScoped(Effect.forever(cycle))
      yield* TimeLapse.pass("1 hour")
      assert.deepStrictEqual(seen.slice(0, 60), Array.from({ length: 60 }, (_, minute) => minute * 60_000))
    }).pipe(Effect.scoped, Effect.provide(site)))

  it.effect("pass: a day without events takes a short time", () =>
    Effect.gen(function*() {
      const { submit } = yield* Capability.Submitter
      const key = yield* SubmissionKey.generate
      yield* TimeLapse.run(submit({ executable: "/bin/true" }, [{}], { key }))
      const began = performance.now()
      yield* TimeLapse.pass("1 day")
      assert.isBelow(performance.now() - began, 30_000)
    }).pipe(Effect.provide(site)))

  it.effect("longest: sleeping fibers wake on time, and the number of steps is small", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      let steps = 0
      const access: FileSystem.FileSystem["access"] = (...args) =>
        Effect.andThen(Effect.sync(() => steps++), fileSystem.access(...args))
      const began = yield* Clock.currentTimeMillis
      const seen: Array<number> = []
      const note = Effect.map(Clock.currentTimeMillis, (now) => seen.push(now - began))
      const work = Effect.andThen(fileSystem.exists("/"), note)
      yield* Effect.sleep("1234 seconds").pipe(
        Effect.andThen(note),
        Effect.andThen(Effect.sleep("5 seconds")),
        Effect.andThen(work),
        Effect.andThen(Effect.sleep("2 hours")),
        Effect.andThen(work),
        (effect) => TimeLapse.run(effect, { step: "1 second", longest: "10 minutes" }),
        Effect.provideService(FileSystem.FileSystem, FileSystem.make({ ...fileSystem, access }))
      )
      assert.deepStrictEqual(seen, [1_234_000, 1_239_000, 8_439_000])
      assert.isBelow(steps, 60)
    }).pipe(Effect.provide(site)))
})
