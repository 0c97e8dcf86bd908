/** File systems that differ from those of Linux. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Logger, PlatformError } from "effect"
import { localFailure } from "../../src/ce/internal/credentials/BackendErrors.ts"
import * as DurableFiles from "../../src/files/DurableFiles.ts"
import * as Errno from "../../src/files/Errno.ts"
import { FreeSpace } from "../../src/files/FreeSpace.ts"

/** Syncs the files or directories of a new directory. Each sync of one type fails with a code. */
const synced = Effect.fnUntraced(function*(type: FileSystem.File.Type, code: string) {
  const real = yield* FileSystem.FileSystem
  const root = yield* real.makeTempDirectoryScoped()
  yield* real.makeDirectory(`${root}/a`)
  yield* real.makeDirectory(`${root}/b`)
  yield* real.writeFileString(`${root}/file`, "")
  const fileSystem = FileSystem.make({
    ...real,
    open: (path, options) =>
      Effect.tap(real.open(path, options), (file) =>
        Effect.map(real.stat(path), (info) => {
          if (info.type !== type) return
          const cause = Object.assign(new Error(`${code}: words, fsync`), { code })
          const value = Effect.fail(
            PlatformError.systemError({
              _tag: "Unknown",
              module: "FileSystem",
              method: "sync",
              pathOrDescriptor: 7,
              cause
            })
          )
          Object.defineProperty(file, "sync", { value })
        }))
  })
  const warnings: Array<string> = []
  const noting = Logger.layer([Logger.make(({ message }) => {
    warnings.push(String(message))
  })])
  const outcome = yield* Effect.gen(function*() {
    const storage = yield* DurableFiles.make
    return yield* storage.each([root, `${root}/a`, `${root}/b`, `${root}/file`, root])
  }).pipe(
    Effect.match({ onFailure: Errno.describe, onSuccess: () => "synced" }),
    Effect.provideService(FileSystem.FileSystem, fileSystem),
    Effect.provide(noting)
  )
  return { outcome: outcome.replaceAll(root, "ROOT"), warnings: warnings.map((one) => one.replaceAll(root, "ROOT")) }
})

it.layer(NodeServices.layer)("storage", (it) => {
  it.effect.each(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"])(
    "file system that answers %s to the sync of a directory: is used, after one warning",
    (code) =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* synced("Directory", code), {
          outcome: "synced",
          warnings: [
            `the file system of ROOT puts no directory on stable storage (${code}: words, fsync 'ROOT'): ` +
            "after a power cut, output that was fetched shortly before may be gone"
          ]
        })
      })
  )

  it.effect.each(
    [
      ["Directory", "EIO", "ROOT"],
      ["Directory", "ENOSPC", "ROOT"],
      ["Directory", "EROFS", "ROOT"],
      ["File", "EIO", "ROOT/file"],
      ["File", "EINVAL", "ROOT/file"]
    ] as const
  )("a %s that is answered %s is a failure that names the path", ([type, code, path]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* synced(type, code), {
        outcome: `${code}: words, fsync '${path}'`,
        warnings: []
      })
    }))

  it.effect("file system without blocks: its free space is unknown", () =>
    Effect.gen(function*() {
      const free = yield* FreeSpace
      assert.strictEqual((yield* free("/proc"))._tag, "None")
      assert.strictEqual((yield* free("/"))._tag, "Some")
      assert.strictEqual((yield* free("/nowhere"))._tag, "None")
    }))

  it.effect("failure: names errno and path", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const missing = yield* Effect.flip(fileSystem.readFileString("/nowhere/at/all"))
      assert.deepInclude(localFailure("/nowhere", missing), {
        path: "/nowhere",
        detail: "ENOENT: no such file or directory, open '/nowhere/at/all'"
      })
      // The message does not repeat the path.
      assert.strictEqual(
        localFailure("/nowhere/at/all", missing).message,
        "/nowhere/at/all: ENOENT: no such file or directory"
      )
      const renamed = yield* Effect.flip(fileSystem.rename("/nowhere", "/etc/hosts"))
      assert.include(Errno.describeAt("/etc/hosts", renamed), "'/nowhere' -> '/etc/hosts'")
      const foreign = PlatformError.systemError({
        _tag: "TimedOut",
        module: "FileSystem",
        method: "open",
        pathOrDescriptor: "/x"
      })
      assert.strictEqual(Errno.describe(foreign), "TimedOut: FileSystem.open (/x)")
    }))
})
