/**
 * How the tools of one CE find its schedd: by its name, or at its address.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as PrivateFile from "../../files/PrivateFile.ts"
import type { Options } from "../Schedd.ts"
import type { ToolName } from "./CondorTool.ts"
import * as ScheddAddress from "./ScheddAddress.ts"
import * as ScheddFinder from "./ScheddFinder.ts"
import * as ToolFailure from "./ToolFailure.ts"
import * as ToolOutput from "./ToolOutput.ts"
import type { ToolResult } from "./ToolResult.ts"

/**
 * - `Name`: the schedd, by its name at the collector
 * - an address: the schedd, where it listens
 * - `Elsewhere`: the arguments say it
 *
 * @category models
 * @since 0.1.0
 */
export type Place = "Name" | "Elsewhere" | ScheddAddress.ScheddAddress

/**
 * - `told`: the arguments and variables that say a place to a tool with an environment
 * - `visit`: runs a tool where the schedd is. Where nobody answers at an address, the address is forgotten, and the tool is run by the
 *   name, if it has done nothing yet
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddPlaces {
  told(
    tool: ToolName,
    place: Place,
    environment: Readonly<Record<string, string>>
  ): Effect.Effect<{
    readonly args: ReadonlyArray<string>
    readonly environment: Readonly<Record<string, string>>
  }>
  visit<A extends { readonly result: ToolResult }, E>(
    locate: Effect.Effect<ScheddAddress.ScheddAddress | undefined>,
    tool: ToolName,
    run: (place: Place) => Effect.Effect<A, E>
  ): Effect.Effect<A, E>
}

// What a tool says that has not found the schedd, or was not let in there.
const isLost = (result: ToolResult): boolean => {
  if (result.exitCode === 0) return false
  const kind = ToolFailure.classify(result)
  return kind === "Unreachable" || kind === "Ambiguous" || kind === "NoSchedd" || kind === "Authentication" ||
    kind === "HostNotTrusted" || kind === "Other" && ToolFailure.words(result) === ""
}

// A condor_submit that has come further may have submitted. (Words of 23.9 and 25.14, at an address and by a name.)
const hasBegun = (tool: ToolName, { stderr, stdout }: ToolResult): boolean =>
  tool === "condor_submit" &&
  (ToolOutput.submittedJobs(stdout).length > 0 || !/Failed to connect to (?:local )?queue manager/.test(stderr))

/**
 * The places of one schedd. With `byName` there is no other.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*({ name, slowAfter }: Options, byName: boolean) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const finder = yield* ScheddFinder.make
  // By the private directory in which they are.
  const files = new Map<string, string>()
  let count = 0

  const fileFor = Effect.fnUntraced(function*(
    directory: string,
    address: ScheddAddress.ScheddAddress
  ) {
    const known = files.get(directory)
    if (known !== undefined) return known
    const file = path.join(directory, `schedd_address.${count++}`)
    yield* PrivateFile.write(fileSystem, file, new TextEncoder().encode(ScheddAddress.fileText(address)))
    files.set(directory, file)
    return file
  })

  const byTheName = (tool: ToolName) => ({ args: ScheddAddress.named(tool, name), environment: {} })

  const told: ScheddPlaces["told"] = (tool, place, { CONDOR_CONFIG = "" }) => {
    if (place === "Elsewhere") return Effect.succeed({ args: [], environment: {} })
    if (place === "Name") return Effect.succeed(byTheName(tool))
    const args = ScheddAddress.named(tool, name, place)
    if (args.length > 0) return Effect.succeed({ args, environment: {} })
    return fileFor(path.dirname(CONDOR_CONFIG), place).pipe(
      Effect.map((file) => ({ args, environment: ScheddAddress.environment(file) })),
      Effect.orElseSucceed(() => byTheName(tool))
    )
  }

  const visit: ScheddPlaces["visit"] = Effect.fnUntraced(function*(locate, tool, run) {
    const address = byName ? undefined : yield* finder.find(locate)
    const began = yield* Clock.monotonicTimeNanos
    const ran = yield* run(address ?? "Name")
    if (address === undefined) {
      if (ran.result.exitCode === 0) yield* finder.answered
      return ran
    }
    if (!isLost(ran.result)) return ran
    yield* finder.forget(address)
    files.clear()
    // A schedd that is slow to fail hangs, wherever it is asked.
    const lasted = Duration.nanos((yield* Clock.monotonicTimeNanos) - began)
    return hasBegun(tool, ran.result) || Duration.isGreaterThan(lasted, slowAfter) ? ran : yield* run("Name")
  })

  return { told, visit } satisfies ScheddPlaces
})
