/**
 * The subject of a diagnosis, and the checks of this host.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import { type ToolName, toolNames } from "../../../condor/tools/CondorTool.ts"
import * as Errno from "../../../files/Errno.ts"
import { FreeSpace } from "../../../files/FreeSpace.ts"
import type { Temporary } from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import type { Endpoint } from "../../Endpoint.ts"
import type { CheckName, Finding } from "./Check.ts"
import * as ToolChecks from "./ToolChecks.ts"
import type { Probe } from "./ToolProbe.ts"

/**
 * Receives the result of a check.
 */
export type Report = (check: CheckName, finding: Finding) => Effect.Effect<void>

/**
 * The CE to check, and the means for that.
 */
export interface Case {
  readonly endpoint: Endpoint
  readonly settings: Settings
  readonly audience: string
  readonly isSubmitHost: boolean
  readonly probe: Probe
  readonly report: Report
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
      onFailure: (error) =>
        ToolChecks.unusable(
          temporaryDirectory ?? "the temporary directory",
          Errno.describeAt(temporaryDirectory ?? "", error)
        ),
      onSuccess: ({ directory, free }) => ToolChecks.usable(path.dirname(directory), Option.getOrUndefined(free))
    })
  )
})

/**
 * Checks the tools and the temporary directory of this host.
 */
export const local = Effect.fnUntraced(function*(
  { settings, probe, report }: Case,
  temporary: Temporary,
  searchPath: ReadonlyArray<string>
) {
  const versions = yield* Effect.forEach(
    toolNames,
    (tool) => Effect.map(probe.version(tool), (reply) => [tool, reply] as const),
    { concurrency: settings.maxConcurrent }
  )
  yield* report("tools", ToolChecks.tools(new Map(versions), yield* whereIs("condor_status", searchPath)))
  yield* report("temporary", yield* room(temporary, settings))
})
