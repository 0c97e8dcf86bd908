/** Stored manifests of earlier versions, at the place of a job whose output they may describe. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Path, Schema } from "effect"
import * as Manifest from "../../../../src/ce/internal/fetch/Manifest.ts"
import type { Identity } from "../../../../src/ce/Route.ts"
import { JobHandle, JobOutput } from "../../../../src/index.ts"
import { handle } from "../../Scripted.ts"

const job = handle("7.0")

const json = Schema.decodeSync(Schema.fromJsonString(Schema.Unknown))

// A destination with a frozen manifest, and with the files that its writer put beside it.
const restored = Effect.fnUntraced(function*(example: string, name = JobOutput.directoryName(job)) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const destination = yield* fileSystem.makeTempDirectoryScoped()
  const directory = path.join(destination, name)
  yield* fileSystem.makeDirectory(path.join(directory, "files", "tree"), { recursive: true })
  for (
    const [file, text] of [["out", "out\n"], ["err", ""], ["job.log", "log\n"], ["files/result", "42\n"], [
      "files/tree/leaf",
      "leaf\n"
    ]] as const
  ) {
    yield* fileSystem.writeFileString(path.join(directory, file), text)
    yield* fileSystem.chmod(path.join(directory, file), file === "files/result" ? 0o755 : 0o644)
  }
  yield* fileSystem.copyFile(`${import.meta.dirname}/manifests/${example}.json`, path.join(directory, "manifest.json"))
  return { destination, directory, fileSystem, path }
})

const standing = Effect.fnUntraced(function*(
  destination: string,
  of: JobHandle.JobHandle = job,
  former: ReadonlyArray<Identity> = [],
  identity: Identity = of
) {
  const manifests = yield* Manifest.make
  return yield* (yield* manifests.standings(destination, { identity, former }))(of)
})

it.layer(NodeServices.layer)("Manifest", (it) => {
  it.effect("version 1: reads a manifest that was written before, with paths below its present directory", () =>
    Effect.gen(function*() {
      const { destination, directory, path } = yield* restored("version-1")
      const found = yield* standing(destination)
      assert.deepStrictEqual(found, {
        output: {
          handle: job,
          directory,
          manifest: path.join(directory, "manifest.json"),
          stdout: { name: "out", path: path.join(directory, "out"), size: 4, mode: 0o644 },
          stderr: { name: "err", path: path.join(directory, "err"), size: 0, mode: 0o644 },
          log: { name: "job.log", path: path.join(directory, "job.log"), size: 4, mode: 0o644 },
          files: [
            { name: "result", path: path.join(directory, "files", "result"), size: 3, mode: 0o755 },
            { name: "tree/leaf", path: path.join(directory, "files", "tree", "leaf"), size: 5, mode: 0o644 }
          ],
          exit: { _tag: "Code", code: 3 },
          retrievedAt: DateTime.makeUnsafe("2026-11-28T12:00:00.000Z"),
          released: false
        },
        missing: [],
        beside: `${path.basename(directory)}.2`
      })
    }))

  it.effect("modes: are the files' present modes, and not the recorded ones", () =>
    Effect.gen(function*() {
      const { destination, directory, fileSystem } = yield* restored("version-1")
      yield* fileSystem.chmod(`${directory}/files/result`, 0o640)
      yield* fileSystem.chmod(`${directory}/out`, 0o4600)
      const found = yield* standing(destination)
      assert.deepStrictEqual(
        [found?.output.stdout, ...found?.output.files ?? []].map((file) => file?.mode.toString(8)),
        ["600", "640", "644"]
      )
      const whole = yield* (yield* Manifest.make).wholeAt(directory, job)
      assert.deepStrictEqual(whole, found?.output)
    }))

  it.effect("version 1: writes the same bytes today as before", () =>
    Effect.gen(function*() {
      const { destination, fileSystem } = yield* restored("version-1")
      const found = yield* standing(destination)
      if (found === undefined) return assert.fail("nothing stands there")
      const frozen = yield* fileSystem.readFileString(`${import.meta.dirname}/manifests/version-1.json`)
      assert.deepStrictEqual(json(yield* Manifest.encode(found.output)), json(frozen))
    }))

  it.effect.each([["no-version", "none"], ["version-2", "2"]] as const)(
    "manifest of %s: is UnsupportedManifest, and the error has its version",
    ([example, version]) =>
      Effect.gen(function*() {
        const { destination, directory } = yield* restored(example)
        const error = yield* Effect.flip(standing(destination))
        assert.deepStrictEqual(
          error._tag === "UnsupportedManifest" ? [error.version, error.manifest] : error._tag,
          [version, `${directory}/manifest.json`]
        )
      })
  )

  it.effect.each([
    ["no manifest", undefined],
    ["an empty manifest", ""],
    ["JSON that is no manifest", "{\"version\":1}"],
    ["JSON that is no object", "7"]
  ])("a directory with %s is DestinationTaken", ([, text]) =>
    Effect.gen(function*() {
      const { destination, directory, fileSystem } = yield* restored("version-1")
      if (text === undefined) yield* fileSystem.remove(`${directory}/manifest.json`)
      else yield* fileSystem.writeFileString(`${directory}/manifest.json`, text)
      const error = yield* Effect.flip(standing(destination))
      assert.deepStrictEqual(error._tag === "DestinationTaken" ? error.directory : error._tag, directory)
    }))

  it.effect.each(
    [["another number", handle("8.0", 0)], ["a manifest of another copy", handle("7.0", 1)], [
      "a link that leads nowhere",
      job
    ]] as const
  )(
    "%s at the place of a job is DestinationTaken",
    ([, of]) =>
      Effect.gen(function*() {
        const { destination, directory, fileSystem } = yield* restored("version-1", JobOutput.directoryName(of))
        if (of === job) {
          yield* fileSystem.remove(directory, { recursive: true })
          yield* fileSystem.symlink("/nowhere/at/all", directory)
        }
        assert.strictEqual((yield* Effect.flip(standing(destination, of)))._tag, "DestinationTaken")
      })
  )

  const damages: ReadonlyArray<
    readonly [string, string, (directory: string) => Effect.Effect<void, unknown, FileSystem.FileSystem>]
  > = [
    [
      "is gone",
      "out",
      (directory) => Effect.flatMap(FileSystem.FileSystem, ({ remove }) => remove(`${directory}/out`))
    ],
    [
      "is shorter",
      "result",
      (directory) => Effect.flatMap(FileSystem.FileSystem, ({ truncate }) => truncate(`${directory}/files/result`, 2))
    ],
    [
      "is a directory",
      "tree/leaf",
      (directory) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) =>
          Effect.andThen(
            fs.remove(`${directory}/files/tree/leaf`),
            fs.makeDirectory(`${directory}/files/tree/leaf`)
          ))
    ],
    [
      "is a link",
      "job.log",
      (directory) =>
        Effect.flatMap(FileSystem.FileSystem, (fs) =>
          Effect.andThen(
            fs.rename(`${directory}/job.log`, `${directory}/kept`),
            // It has the length of the file.
            fs.symlink("kept", `${directory}/job.log`)
          ))
    ]
  ]

  it.effect.each(damages)(
    "output of which a file %s: is missing, and a free name beside it exists",
    ([, name, damage]) =>
      Effect.gen(function*() {
        const { destination, directory, fileSystem, path } = yield* restored("version-1")
        yield* damage(directory)
        const found = yield* standing(destination)
        assert.deepStrictEqual([found?.missing, found?.beside], [[name], `${path.basename(directory)}.2`])
        // Once more: the second directory is damaged as well, and the third is complete.
        yield* fileSystem.copy(directory, `${directory}.2`)
        assert.strictEqual((yield* standing(destination))?.beside, `${path.basename(directory)}.3`)
        const { directory: whole } = yield* restored("version-1")
        yield* fileSystem.copy(whole, `${directory}.3`)
        const third = yield* standing(destination)
        assert.deepStrictEqual([third?.missing, third?.output.directory], [[], `${directory}.3`])
      })
  )

  it.effect("output of a CE that was renamed: is found by both of its handles", () =>
    Effect.gen(function*() {
      const { destination, directory } = yield* restored("version-1")
      const today = new JobHandle.JobHandle({ ...job, endpoint: "new.example.org:9620", scheduler: "new.example.org" })
      for (const  of of[job, today]) {
        const found = yield* standing(destination, of, [job], today)
        assert.deepStrictEqual([found?.output.directory, found?.output.handle], [directory, of])
      }
      assert.isUndefined(yield* standing(destination, today))
    }))

  it.effect("output of a CE that was spelt in capitals: is found at its place of then", () =>
    Effect.gen(function*() {
      const old = new JobHandle.JobHandle({ ...job, endpoint: "CE.Example.org:9619", scheduler: "CE.Example.org" })
      const { destination, directory } = yield* restored("version-1", "task-1.0.449149a8")
      assert.strictEqual((yield* standing(destination, old, [], job))?.output.directory, directory)
    }))

  it.effect("output of another CE: is not ours, even at our place", () =>
    Effect.gen(function*() {
      const elsewhere = new JobHandle.JobHandle({ ...job, endpoint: "other.example.org:9619" })
      const { destination } = yield* restored("version-1", JobOutput.directoryName(elsewhere))
      assert.strictEqual((yield* Effect.flip(standing(destination, elsewhere)))._tag, "DestinationTaken")
    }))
})

it.effect("name of a job's directory: never changes, and is different at another CE", () =>
  Effect.sync(() => {
    assert.strictEqual(JobOutput.directoryName(job), "task-1.0.fcbb5868")
    const names = new Set(
      [job, { ...job, backend: "htcondor-ce-grid" }, { ...job, endpoint: "b" }, { ...job, scheduler: "b" }].map((one) =>
        JobOutput.directoryName(one)
      )
    )
    assert.strictEqual(names.size, 4)
    // A host name has no case, and its final dot does not count.
    const spelt = { ...job, endpoint: "CE.Example.org.:9619", scheduler: "CE.EXAMPLE.ORG" }
    assert.strictEqual(JobOutput.directoryName(spelt), JobOutput.directoryName(job))
  }))
