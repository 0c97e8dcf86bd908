/** The files that a run of a tool writes in a directory. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import * as Masking from "./Masking.ts"

/** A file, without its size if it is a job's log, and without its content if that is large. */
export const Leftover = Schema.Struct({
  mode: Schema.String,
  size: Schema.optionalKey(Schema.Natural),
  lines: Schema.optionalKey(Schema.Array(Schema.String))
})

export type Leftover = typeof Leftover.Type

const largest = 4096

const isLog = (name: string): boolean => /(?:^|[/.])log(?:\.\d+)?$/.test(name)

const describe = (name: string, mode: number, bytes: Uint8Array, names: Masking.Names): Leftover => {
  const text = new TextDecoder().decode(bytes)
  const masked = isLog(name) ? Masking.maskLog(text, names) : Masking.mask(text, names)
  return {
    mode: (mode & 0o777).toString(8).padStart(4, "0"),
    ...(isLog(name) ? {} : { size: bytes.length }),
    ...(bytes.length > largest ? {} : { lines: masked.split("\n") })
  }
}

// No file is as old as this, unless its time was set here.
const longAgo = new Date("2001-09-09T01:46:40Z")

const filesOf = Effect.fnUntraced(function*(directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = (yield* fileSystem.readDirectory(directory, { recursive: true })).toSorted()
  return yield* Effect.filter(
    names,
    (name) => Effect.map(fileSystem.stat(path.join(directory, name)), ({ type }) => type === "File")
  )
})

/**
 * Runs an effect, and returns the files of the directory that it wrote, new or not. It first sets the times of all files back,
 * because the clock of a file system is coarse.
 */
export const of = Effect.fnUntraced(function*<A, E, R>(directory: string, run: Effect.Effect<A, E, R>) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of yield* filesOf(directory)) {
    yield* fileSystem.utimes(path.join(directory, name), longAgo, longAgo)
  }
  const result = yield* run
  return {
    result,
    describe: Effect.fnUntraced(function*(names: Masking.Names) {
      const found: Record<string, Leftover> = {}
      for (const name of yield* filesOf(directory)) {
        const file = path.join(directory, name)
        const { mode, mtime } = yield* fileSystem.stat(file)
        if (mtime._tag === "Some" && mtime.value.getTime() === longAgo.getTime()) continue
        found[Masking.mask(name, names)] = describe(name, mode, yield* fileSystem.readFile(file), names)
      }
      return found
    })
  }
})
