/**
 * The manifest, which marks a directory as the complete output of a job: its file name, its text, and the search for it.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { DestinationTaken, TransferFailed, UnsupportedManifest } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import { directoryNames, type JobOutput, Manifest, ofManifest, type OutputFile } from "../../../contract/JobOutput.ts"
import * as Route from "../../Route.ts"

/**
 * The name of the manifest file. A directory without it is not complete.
 */
export const fileName = "manifest.json"

const encodeText = Schema.encodeEffect(Schema.fromJsonString(Manifest))
const decodeJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Unknown))
const decodeManifest = Schema.decodeUnknownOption(Manifest)

/**
 * The text of a manifest.
 */
export const encode = (output: JobOutput): Effect.Effect<string, TransferFailed> =>
  Effect.mapError(
    encodeText({ ...output, version: 1 }),
    (error) => new TransferFailed({ handle: output.handle, detail: error.message })
  )

/**
 * The output at a job's place, with the present modes of its files.
 *
 * - `missing`: names of files that are not there, or have another size than the manifest says
 * - `beside`: the name of a free directory at the destination, for another transfer of the output
 */
export interface Standing {
  readonly output: JobOutput
  readonly missing: ReadonlyArray<string>
  readonly beside: string
}

/**
 * Makes the reader of the manifests at a destination.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // The missing files of an output, and the present modes of the others.
  const compare = Effect.fnUntraced(function*(output: JobOutput): Effect.fn.Return<Omit<Standing, "beside">> {
    const missing: Array<string> = []
    const look = (file: OutputFile) =>
      Effect.map(Effect.option(fileSystem.lstat(file.path)), (info): OutputFile => {
        const found = Option.getOrUndefined(info)
        if (found?.type === "File" && Number(found.size) === file.size) return { ...file, mode: found.mode & 0o777 }
        missing.push(file.name)
        return file
      })
    const stdout = yield* look(output.stdout)
    const stderr = yield* look(output.stderr)
    const log = yield* look(output.log)
    const files = yield* Effect.forEach(output.files, look)
    return { output: { ...output, stdout, stderr, log, files }, missing }
  })

  const read = Effect.fnUntraced(function*(
    directory: string,
    handle: JobHandle,
    isHere: (identity: Route.Identity) => boolean
  ): Effect.fn.Return<JobOutput, DestinationTaken | UnsupportedManifest> {
    const manifest = path.join(directory, fileName)
    const text = yield* Effect.orElseSucceed(fileSystem.readFileString(manifest), () => "")
    const json = Option.getOrUndefined(decodeJson(text))
    if (Predicate.isReadonlyObject(json) && "handle" in json && json["version"] !== 1) {
      const version = json["version"] === undefined ? "none" : String(json["version"])
      return yield* new UnsupportedManifest({ handle, manifest, version })
    }
    const decoded = Option.getOrUndefined(decodeManifest(json))
    return decoded !== undefined && decoded.handle.job === handle.job && decoded.handle.key === handle.key &&
        decoded.handle.copy === handle.copy && isHere(decoded.handle)
      ? { ...ofManifest(path, manifest, decoded), handle }
      : yield* new DestinationTaken({ handle, directory })
  })

  /**
   * Finds the outputs at the places of jobs at a destination, under each name of their CE. If an output is damaged, another copy
   * of it may be beside it, in a directory whose name ends with a number.
   */
  const standings = Effect.fnUntraced(
    function*(destination: string, route: Pick<Route.ResolvedRoute, "former" | "identity">) {
      const identities = [route.identity, ...route.former]
      // One listing of the destination saves a search for each name that does not exist.
      const names = yield* Effect.map(
        Effect.option(fileSystem.readDirectory(destination)),
        Option.map((all) => new Set(all))
      )
      const isThere = (name: string) =>
        Option.match(names, {
          onNone: () => Effect.isSuccess(fileSystem.stat(path.join(destination, name))),
          onSome: (all) => Effect.succeed(all.has(name))
        })
      return Effect.fnUntraced(function*(
        handle: JobHandle
      ): Effect.fn.Return<Standing | undefined, DestinationTaken | UnsupportedManifest> {
        let standing: Standing | undefined
        const places = [...identities, handle].flatMap(({ backend, endpoint, scheduler }) =>
          directoryNames({ backend, endpoint, scheduler, key: handle.key, copy: handle.copy })
        )
        for (const name of new Set(places)) {
          let beside = name
          for (let number = 2; yield* isThere(beside); number++) {
            const recorded = yield* read(path.join(destination, beside), handle, (one) => Route.isOf(route, one))
            beside = `${name}.${number}`
            standing = { ...(yield* compare(recorded)), beside }
            if (standing.missing.length === 0) return standing
          }
        }
        return standing
      })
    }
  )

  /** The output of a job in a directory, if all of its files are there. */
  const wholeAt = (directory: string, handle: JobHandle): Effect.Effect<JobOutput | undefined> =>
    read(directory, handle, () => true).pipe(
      Effect.flatMap(compare),
      Effect.map(({ missing, output }) => missing.length === 0 ? output : undefined),
      Effect.orElseSucceed(() => undefined)
    )

  return { standings, wholeAt }
})

export type Manifests = Effect.Success<typeof make>
