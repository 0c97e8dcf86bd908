import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Path } from "effect"
import { JobOutput } from "../../src/index.ts"

const examples = `${import.meta.dirname}/../ce/internal/fetch/manifests`

describe("fromManifest", () => {
  const scene = <A, E>(test: (directory: string) => Effect.Effect<A, E, FileSystem.FileSystem | Path.Path>) =>
    FileSystem.FileSystem.pipe(
      Effect.flatMap((files) => files.makeTempDirectoryScoped({ prefix: "manifest-" })),
      Effect.flatMap(test),
      Effect.scoped,
      Effect.provide(NodeServices.layer)
    )

  it.effect("returns paths in the present directory of the manifest", () =>
    scene((directory) =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const manifest = `${directory}/manifest.json`
        yield* files.copyFile(`${examples}/version-1.json`, manifest)
        const output = yield* JobOutput.fromManifest(manifest)
        assert.deepStrictEqual([output.directory, output.manifest, output.released], [directory, manifest, false])
        assert.deepStrictEqual([output.stdout, output.log].map(({ path }) => path), [
          `${directory}/out`,
          `${directory}/job.log`
        ])
        assert.deepStrictEqual(output.files.map(({ path }) => path), [
          `${directory}/files/result`,
          `${directory}/files/tree/leaf`
        ])
        assert.strictEqual(output.handle.job, "7.0")
        assert.notProperty(output, "version")
      })
    ))

  it.effect("resolves a relative path", () =>
    scene((directory) =>
      Effect.gen(function*() {
        const path = yield* Path.Path
        yield* Effect.flatMap(
          FileSystem.FileSystem,
          (files) => files.copyFile(`${examples}/version-1.json`, `${directory}/manifest.json`)
        )
        const relative = path.relative(path.resolve("."), `${directory}/manifest.json`)
        assert.isFalse(path.isAbsolute(relative))
        assert.strictEqual((yield* JobOutput.fromManifest(relative)).directory, directory)
      })
    ))

  it.effect.each(["version-2", "no-version"])(
    "fails with LocalFailure for the manifest of %s",
    (example) =>
      scene(() =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(JobOutput.fromManifest(`${examples}/${example}.json`))
          assert.deepStrictEqual([error._tag, error.path], ["LocalFailure", `${examples}/${example}.json`])
          assert.include(error.detail, "version")
        })
      )
  )

  it.effect("fails with LocalFailure without a manifest, and for another file", () =>
    scene((directory) =>
      Effect.gen(function*() {
        const path = `${directory}/manifest.json`
        assert.strictEqual((yield* Effect.flip(JobOutput.fromManifest(path)))._tag, "LocalFailure")
        yield* Effect.flatMap(FileSystem.FileSystem, (files) => files.writeFileString(path, "{"))
        assert.include((yield* Effect.flip(JobOutput.fromManifest(path))).message, "not a readable manifest")
      })
    ))
})
