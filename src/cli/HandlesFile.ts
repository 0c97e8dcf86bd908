/**
 * The file that the handles of a submission are written to.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { type JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import * as DurableFiles from "../files/DurableFiles.ts"
import * as Errno from "../files/Errno.ts"
import { directoryScoped } from "../files/PrivateDirectories.ts"
import { InvalidFile } from "./Failure.ts"
import * as Inputs from "./Inputs.ts"

/**
 * How to write to an existing file: `New` fails, `Replace` replaces it, `Append` adds to its handles.
 *
 * @category models
 * @since 0.1.0
 */
export type Mode = "New" | "Replace" | "Append"

const encode = Schema.encodeEffect(Schema.fromJsonString(Schema.Array(JobHandleFromString)))

// The errors of file systems without hard links.
const unsupported: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])

/**
 * Opens a file for handles, and returns the function that writes them, as a JSON list of compact strings. With `Append`, a file
 * that has one handle per line keeps this form.
 *
 * **Details**
 *
 * Fails with `InvalidFile` before anything is submitted if the file cannot be written. The write replaces the whole file or
 * nothing: the draft is in a new private directory next to it, with a name that cannot be guessed. With `New`, a file that
 * appears in the meantime is not replaced.
 *
 * **Gotchas**
 *
 * Two processes that append at the same instant may lose handles. `submit` with the same key returns them again.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fn("cli.HandlesFile.open")(function*(file: string, mode: Mode) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const storage = yield* DurableFiles.make
  // A dangling link exists, too.
  const isThere = Effect.isSuccess(fileSystem.lstat(file))
  const target = yield* Effect.orElseSucceed(fileSystem.realPath(file), () => path.resolve(file))
  const type = yield* fileSystem.stat(target).pipe(
    Effect.map((info) => info.type),
    Effect.orElseSucceed(() => "File")
  )
  if (type !== "File") return yield* new InvalidFile({ path: file, detail: `is not a regular file but a ${type}` })
  if (mode === "New" && (yield* isThere)) {
    return yield* new InvalidFile({ path: file, detail: "exists already: --force replaces it, --append adds to it" })
  }
  const present = Effect.gen(function*() {
    return mode === "Append" && (yield* isThere) ? yield* Inputs.handlesFile(file) : undefined
  })
  yield* present
  const directory = path.dirname(target)
  const beside = yield* Effect.mapError(
    directoryScoped(fileSystem, { directory, prefix: ".htcondor-ce-handles-" }),
    (error) => new InvalidFile({ path: file, detail: Errno.describeAt(file, error) })
  )

  // Fails if the file has appeared in the meantime.
  const placeNew = (draft: string, text: string) =>
    Effect.catchIf(
      fileSystem.link(draft, target),
      (error) => unsupported.has(Errno.code(error)),
      () => Effect.andThen(fileSystem.writeFileString(target, text, { flag: "wx" }), storage.one(target))
    )

  return Effect.fn("cli.HandlesFile.write")(function*(handles: ReadonlyArray<JobHandle>) {
    const before = yield* present
    const all = new Map([...before?.handles ?? [], ...handles].map((handle) => [String(handle), handle]))
    const text = before?.isLines === true
      ? `${Array.from(all.keys()).join("\n")}\n`
      : `${yield* Effect.orDie(encode(Array.from(all.values())))}\n`
    const draft = path.join(beside, "handles.json")
    yield* fileSystem.writeFileString(draft, text, { flag: "wx" })
    yield* storage.one(draft)
    yield* mode === "Replace" || before !== undefined ? fileSystem.rename(draft, target) : placeNew(draft, text)
    yield* storage.one(directory)
  })
})
