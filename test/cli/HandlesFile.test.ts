import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, PlatformError } from "effect"
import * as HandlesFile from "../../src/cli/HandlesFile.ts"
import { toText } from "../../src/contract/JobHandle.ts"
import { handleOf } from "./utils.ts"

const one = handleOf("1.0")

/** A file system that notes what is done with it. */
const noting = Effect.fnUntraced(function*(overrides: Partial<FileSystem.FileSystem> = {}) {
  const real = yield* FileSystem.FileSystem
  const root = yield* real.makeTempDirectoryScoped()
  const notes: Array<string> = []
  const name = (path: string) => path.slice(root.length).replace(/handles-\w{6}/, "handles-*")
  const fileSystem: FileSystem.FileSystem = {
    ...real,
    writeFileString: (path, text, options) => {
      notes.push(`write ${options?.flag ?? ""} ${name(path)}`)
      return real.writeFileString(path, text, options)
    },
    open: (path, options) =>
      Effect.map(real.open(path, options), (file) => ({
        ...file,
        sync: Effect.andThen(Effect.sync(() => notes.push(`sync ${name(path)}`)), file.sync)
      })),
    link: (from, to) => {
      notes.push(`link ${name(from)} ${name(to)}`)
      return real.link(from, to)
    },
    rename: (from, to) => {
      notes.push(`rename ${name(from)} ${name(to)}`)
      return real.rename(from, to)
    },
    ...overrides
  }
  const written = (mode: HandlesFile.Mode) =>
    HandlesFile.open(`${root}/out.json`, mode).pipe(
      Effect.flatMap((write) => write([one])),
      Effect.scoped,
      Effect.provideService(FileSystem.FileSystem, fileSystem)
    )
  return { notes, written, read: real.readFileString(`${root}/out.json`), names: real.readDirectory(root) }
})

const content = `${JSON.stringify([toText(one)])}\n`

it.layer(NodeServices.layer)("HandlesFile", (it) => {
  it.effect("makes a new file, syncs it, gives it its name and syncs that", () =>
    Effect.gen(function*() {
      const { names, notes, read, written } = yield* noting()
      yield* written("New")
      assert.deepStrictEqual(notes, [
        "write wx /.htcondor-ce-handles-*/handles.json",
        "sync /.htcondor-ce-handles-*/handles.json",
        "link /.htcondor-ce-handles-*/handles.json /out.json",
        "sync "
      ])
      yield* written("Replace")
      assert.deepStrictEqual(notes.slice(-2), ["rename /.htcondor-ce-handles-*/handles.json /out.json", "sync "])
      assert.strictEqual(yield* read, content)
      assert.deepStrictEqual(yield* names, ["out.json"])
    }))

  it.effect("does without hard links", () =>
    Effect.gen(function*() {
      const link = (from: string) =>
        Effect.fail(PlatformError.systemError({
          _tag: "PermissionDenied",
          module: "FileSystem",
          method: "link",
          pathOrDescriptor: from,
          cause: Object.assign(new Error("EPERM: operation not permitted, link"), { code: "EPERM" })
        }))
      const { names, notes, read, written } = yield* noting({ link })
      yield* written("New")
      assert.deepStrictEqual(notes.slice(-3), ["write wx /out.json", "sync /out.json", "sync "])
      assert.strictEqual(yield* read, content)
      assert.deepStrictEqual(yield* names, ["out.json"])
    }))
})
