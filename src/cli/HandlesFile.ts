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
 * What to do with a file that is there: refuse it, replace it, or add to the handles in it.
 *
 * @category models
 * @since 0.1.0
 */
export type Mode = "New" | "Replace" | "Append"

const encode = Schema.encodeEffect(Schema.fromJsonString(Schema.Array(JobHandleFromString)))

// What file systems without hard links answer.
const unsupported: ReadonlySet<string | undefined> = new Set(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"])

/**
 * Opens a file that handles will be written to, as a list of compact strings; one to which they are added keeps a handle a line.
 *
 * **Details**
 *
 * Whether the file can be written shows before anything is submitted, and what stood there is replaced as a whole or not
 * at all. The draft lies in a new directory beside the file, which nobody else can guess or enter. A file that has come up
 * meanwhile is not replaced, unless `mode` says so.
 *
 * **Gotchas**
 *
 * What is added by two processes at the same instant may be lost: the key of a submission gives its handles again.
 *
 * @category constructors
 * @since 0.1.0
 */
export const open = Effect.fn("cli.HandlesFile.open")(function*(file: string, mode: Mode) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const storage = yield* DurableFiles.make
  // A link that leads nowhere is there, too.
  const isThere = Effect.isSuccess(fileSystem.lstat(file))
  const target = yield* Effect.orElseSucceed(fileSystem.realPath(file), () => path.resolve(file))
  const type = yield* fileSystem.stat(target).pipe(
    Effect.map((info) => info.type),
    Effect.orElseSucceed(() => "File")
  )
  if (type !== "File") return yield* new InvalidFile({ path: file, detail: `is no regular file but a ${type}` })
  if (mode === "New" && (yield* isThere)) {
    return yield* new InvalidFile({ path: file, detail: "is there already: --force replaces it, --append adds to it" })
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

  // Fails if somebody has made the file meanwhile.
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
