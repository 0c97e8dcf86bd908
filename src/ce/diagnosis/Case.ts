/**
 * What a diagnosis is of, and the part of it that this host answers.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { type ToolName, toolNames } from "../../condor/CondorTool.ts"
import type { Settings } from "../Config.ts"
import type { Endpoint } from "../Endpoint.ts"
import * as Errno from "../Errno.ts"
import { FreeSpace } from "../FreeSpace.ts"
import type { Temporary } from "../Temporary.ts"
import type { CheckName, Finding } from "./Finding.ts"
import * as Local from "./Local.ts"
import type { Probe } from "./Probe.ts"

/**
 * Takes what a check has found.
 *
 * @category models
 * @since 0.1.0
 */
export type Tell = (check: CheckName, finding: Finding) => Effect.Effect<void>

/**
 * What is checked, and with what.
 *
 * @category models
 * @since 0.1.0
 */
export interface Case {
  readonly endpoint: Endpoint
  readonly complete: Settings
  readonly audience: string
  readonly isSubmitHost: boolean
  readonly probe: Probe
  readonly tell: Tell
}

const whereIs = Effect.fnUntraced(function*(tool: ToolName, searchPath: ReadonlyArray<string>) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const directory of searchPath) {
    if (yield* Effect.orElseSucceed(fileSystem.exists(path.join(directory, tool)), () => false)) return directory
  }
  return undefined
})

const room = Effect.fnUntraced(function*(temporary: Temporary, { temporaryDirectory }: Settings) {
  const path = yield* Path.Path
  const freeSpace = yield* FreeSpace
  return yield* temporary.scoped("token").pipe(
    Effect.flatMap((directory) => Effect.map(freeSpace(directory), (free) => ({ directory, free }))),
    Effect.scoped,
    Effect.match({
      onFailure: (error) => Local.unusable(temporaryDirectory ?? "the temporary directory", Errno.describe(error)),
      onSuccess: ({ directory, free }) => Local.usable(path.dirname(directory), Option.getOrUndefined(free))
    })
  )
})

/**
 * Checks what this host brings along.
 *
 * @category constructors
 * @since 0.1.0
 */
export const local = Effect.fnUntraced(function*(
  { complete, probe, tell }: Case,
  temporary: Temporary,
  searchPath: ReadonlyArray<string>
) {
  const versions = yield* Effect.forEach(
    toolNames,
    (tool) => Effect.map(probe.version(tool), (reply) => [tool, reply] as const),
    { concurrency: complete.maxConcurrent }
  )
  yield* tell("tools", Local.tools(new Map(versions), yield* whereIs("condor_status", searchPath)))
  yield* tell("temporary", yield* room(temporary, complete))
})
