/** Output whose files have vanished from the destination, while the job is still at the CE, and after it has left. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Capability, type CondorTool, JobOutput } from "../../src/index.ts"
import { TimeLapse } from "../../src/testing/index.ts"
import * as Fetching from "./Fetching.ts"

const { completed, fetched, fetchedOne, keptOne, left, services, tags, versions } = Fetching

// No job is released while this holds.
const unreleased = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const around = yield* Fetching.Around
  const { run } = around
  around.run = (call, run) =>
    call.tool === "condor_rm"
      ? Effect.succeed<CondorTool.ToolResult>({ exitCode: 1, stdout: "", stderr: "CEDAR:6001:Failed to connect" })
      : run(call)
  return yield* Effect.ensuring(effect, Effect.sync(() => around.run = run))
})

for (const version of versions) {
  it.effect(`fetch: does not release a job whose files have vanished, and transfers them again (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first, handles } = yield* completed(2)
      assert.deepStrictEqual(tags(yield* unreleased(fetched(handles, destination))), ["Retrieved", "Retrieved"])
      const damaged = `${destination}/${JobOutput.directoryName(first)}`
      yield* fileSystem.remove(`${damaged}/files/result.txt`)
      // The other job's output is complete, and that job leaves.
      assert.deepStrictEqual(tags(yield* fetched(handles.slice(1), destination)), ["AlreadyRetrieved"])
      assert.strictEqual(yield* left, 1)
      const output = yield* fetchedOne(first, destination)
      assert.strictEqual(output.directory, `${damaged}.2`)
      assert.strictEqual(yield* fileSystem.readFileString(`${output.directory}/files/result.txt`), "result\n")
      assert.isTrue(yield* fileSystem.exists(`${damaged}/manifest.json`))
      assert.strictEqual(yield* left, 0)
      // And the copy beside it is found.
      const error = yield* Effect.flip(fetchedOne(first, destination))
      assert.strictEqual(error._tag === "AlreadyRetrieved" ? error.manifest : error._tag, output.manifest)
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: names no manifest when the job has left and files of its output are gone (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first } = yield* completed()
      const output = yield* fetchedOne(first, destination)
      const again = Effect.flatMap(
        Effect.flip(fetchedOne(first, destination)),
        (error) => error._tag === "AlreadyRetrieved" ? Effect.succeed(error) : Effect.die(error)
      )
      assert.strictEqual((yield* again).manifest, output.manifest)
      yield* fileSystem.writeFileString(output.stdout.path, "other")
      const { manifest, retrievedAt } = yield* again
      assert.deepStrictEqual([manifest, retrievedAt], [undefined, output.retrievedAt])
      assert.strictEqual((yield* Effect.flip(keptOne(first, destination)))._tag, "OutputMissing")
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: returns kept output again only while all of it is there (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first } = yield* completed()
      const once = keptOne(first, destination)
      const output = yield* once
      assert.deepStrictEqual(yield* once, output)
      yield* fileSystem.remove(`${output.directory}/stderr`)
      const second = yield* once
      assert.strictEqual(second.directory, `${output.directory}.2`)
      for (const { path } of [second.stdout, second.stderr, second.log, ...second.files]) {
        assert.isTrue(yield* fileSystem.exists(path), path)
      }
      assert.deepStrictEqual(yield* once, second)
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: leaves files that are not its output in their place, and the job at the CE (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first } = yield* completed()
      const directory = `${destination}/${JobOutput.directoryName(first)}`
      yield* fileSystem.makeDirectory(directory, { recursive: true })
      yield* fileSystem.writeFileString(`${directory}/mine`, "mine")
      const errors = [
        yield* Effect.flip(fetchedOne(first, destination)),
        yield* Effect.flip(keptOne(first, destination))
      ]
      for (const error of errors) {
        assert.strictEqual(error._tag === "DestinationTaken" ? error.directory : error._tag, directory)
      }
      assert.deepStrictEqual(yield* fileSystem.readDirectory(directory), ["mine"])
      assert.strictEqual(yield* left, 1)
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: keeps a job at the CE whose manifest has a version that cannot be read (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first } = yield* completed()
      const { manifest } = yield* unreleased(fetchedOne(first, destination))
      const text = yield* fileSystem.readFileString(manifest)
      yield* fileSystem.writeFileString(manifest, text.replace(",\"version\":1", ",\"version\":2"))
      const errors = [
        yield* Effect.flip(fetchedOne(first, destination)),
        yield* Effect.flip(keptOne(first, destination))
      ]
      for (const error of errors) {
        assert.strictEqual(error._tag === "UnsupportedManifest" ? error.version : error._tag, "2")
      }
      assert.strictEqual(yield* left, 1)
      // The job has left, and the CE does not know it any more. The manifest is the only record of its output.
      const { purge } = yield* Capability.Purgeable
      yield* purge([first])
      assert.strictEqual((yield* Effect.flip(fetchedOne(first, destination)))._tag, "UnsupportedManifest")
      yield* fileSystem.writeFileString(manifest, text)
      assert.strictEqual((yield* Effect.flip(fetchedOne(first, destination)))._tag, "AlreadyRetrieved")
    })).pipe(Effect.scoped, Effect.provide(services(version))))

  it.effect(`fetch: finds its output in a destination that was moved (${version})`, () =>
    TimeLapse.run(Effect.gen(function*() {
      const { destination, fileSystem, first } = yield* completed()
      yield* keptOne(first, destination)
      yield* fileSystem.rename(destination, `${destination}-moved`)
      const output = yield* keptOne(first, `${destination}-moved`)
      for (const { path } of [output.stdout, output.stderr, output.log, ...output.files]) {
        assert.isTrue(path.startsWith(`${destination}-moved/`) && (yield* fileSystem.exists(path)), path)
      }
      const { purge } = yield* Capability.Purgeable
      yield* purge([first])
      assert.strictEqual((yield* Effect.flip(fetchedOne(first, `${destination}-moved`)))._tag, "AlreadyRetrieved")
    })).pipe(Effect.scoped, Effect.provide(services(version))))
}
