/**
 * Finds the schedd of one CE for its tools: by its name, or at its address.
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
import * as ToolEnvironment from "./ToolEnvironment.ts"
import * as ToolFailure from "./ToolFailure.ts"
import type { ToolResult } from "./ToolResult.ts"

/**
 * The place to which a tool connects.
 *
 * - `Name`: the schedd, by its name at the collector
 * - an address: the schedd, at that address
 * - `Elsewhere`: the place in the arguments of the tool
 *
 * @category models
 * @since 0.1.0
 */
export type Place = "Name" | "Elsewhere" | ScheddAddress.ScheddAddress

type Environment = Readonly<Record<string, string>>

/**
 * The places of one schedd.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddPlaces {
  /** Returns the arguments and variables that name a place for a tool. */
  told(
    tool: ToolName,
    place: Place,
    environment: Environment
  ): Effect.Effect<{ readonly args: ReadonlyArray<string>; readonly environment: Environment }>
  /**
   * Runs a tool for the schedd. If nobody answers at its address, `visit` forgets the address, and runs the tool again with the
   * name.
   */
  visit<A extends { readonly result: ToolResult }, E>(
    locate: Effect.Effect<ScheddAddress.ScheddAddress | undefined>,
    tool: ToolName,
    run: (place: Place) => Effect.Effect<A, E>
  ): Effect.Effect<A, E>
}

// Whether a tool did not find the schedd, or did not get access to it.
const isLost = (result: ToolResult): boolean => {
  if (result.exitCode === 0) return false
  const kind = ToolFailure.classify(result)
  return kind === "Unreachable" || kind === "Ambiguous" || kind === "NoSchedd" || kind === "Authentication" ||
    kind === "HostNotTrusted" || kind === "Other" && ToolFailure.words(result) === ""
}

/**
 * Makes the places of one schedd. With `byName` it always uses the name.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*({ name, slowAfter }: Options, byName: boolean) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const finder = yield* ScheddFinder.make
  // The address files are in the directory of each environment, beside the token.
  const files = new WeakMap<Environment, { readonly address: string; readonly file: string }>()
  let count = 0

  const fileFor = Effect.fnUntraced(function*(environment: Environment, place: ScheddAddress.ScheddAddress) {
    const known = files.get(environment)
    if (known?.address === place.address) return known.file
    const file = path.join(ToolEnvironment.directory(path, environment), `schedd_address.${count++}`)
    yield* PrivateFile.write(fileSystem, file, new TextEncoder().encode(ScheddAddress.fileText(place)))
    files.set(environment, { address: place.address, file })
    return file
  })

  const byTheName = (tool: ToolName) => ({ args: ScheddAddress.named(tool, name), environment: {} })

  const told: ScheddPlaces["told"] = (tool, place, environment) => {
    if (place === "Elsewhere") return Effect.succeed({ args: [], environment: {} })
    if (place === "Name") return Effect.succeed(byTheName(tool))
    const args = ScheddAddress.named(tool, name, place)
    if (args.length > 0) return Effect.succeed({ args, environment: {} })
    return fileFor(environment, place).pipe(
      Effect.map((file) => ({ args, environment: ScheddAddress.environment(file) })),
      Effect.orElseSucceed(() => byTheName(tool))
    )
  }

  const visit: ScheddPlaces["visit"] = Effect.fnUntraced(function*(locate, tool, run) {
    // A submission that is sent twice may exist twice.
    const address = byName || tool === "condor_submit" ? undefined : yield* finder.find(locate)
    const began = yield* Clock.monotonicTimeNanos
    const ran = yield* run(address ?? "Name")
    if (address === undefined) {
      if (ran.result.exitCode === 0) yield* finder.answered
      return ran
    }
    if (!isLost(ran.result)) return ran
    yield* finder.forget(address)
    // A schedd that fails slowly hangs, with its name as well.
    const lasted = Duration.nanos((yield* Clock.monotonicTimeNanos) - began)
    return Duration.isGreaterThan(lasted, slowAfter) ? ran : yield* run("Name")
  })

  return { told, visit } satisfies ScheddPlaces
})
