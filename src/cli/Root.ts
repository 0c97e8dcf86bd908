/**
 * The root command: the flags that all commands share, and the backend that they describe.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Backend from "./Backend.ts"
import * as Connection from "./Connection.ts"
import type { UsageError } from "./Failure.ts"
import * as GlobalFlags from "./GlobalFlags.ts"
import * as NamedSite from "./NamedSite.ts"

/**
 * `htcondor-ce`, with the values of the global flags as its context.
 *
 * @category commands
 * @since 0.1.0
 */
export const root = Command.make("htcondor-ce").pipe(
  Command.withSharedFlags(GlobalFlags.flags),
  Command.withDescription(
    "Submit jobs to an HTCondor-CE, follow them, fetch their output and cancel them.\n\n" +
      "Exit code: 0 the operation succeeded for every job, 1 it failed for some, 2 mistake in the flags or the configuration, " +
      "3 the whole operation failed."
  )
)

/**
 * The values of the site flags, which only some commands have.
 *
 * @category models
 * @since 0.1.0
 */
export type SiteValues = Pick<GlobalFlags.Flags, "containerWith" | "urlSchemes">

/**
 * The values of the global flags and of these site flags, completed from the file of sites or the environment.
 *
 * @category getters
 * @since 0.1.0
 */
export const flagsWith = ({ containerWith, urlSchemes }: SiteValues) =>
  Effect.flatMap(root, (shared) => NamedSite.resolve({ ...shared, containerWith, urlSchemes }))

const none: SiteValues = { containerWith: Option.none(), urlSchemes: Option.none() }

/**
 * {@link flagsWith} for commands without site flags.
 *
 * @category getters
 * @since 0.1.0
 */
export const flags = flagsWith(none)

/**
 * {@link flags} for each CE that `--site` names. Empty without `--site`.
 *
 * @category getters
 * @since 0.1.0
 */
export const namedSites = Effect.flatMap(root, (shared) => NamedSite.resolveEach({ ...shared, ...none }))

/**
 * The output format that the flags select. Default: `table`.
 *
 * @category getters
 * @since 0.1.0
 */
export const format: Effect.Effect<GlobalFlags.Format, never, Command.CommandContext<"htcondor-ce">> = Effect.map(
  root,
  ({ format, json }) => json ? "json" : Option.getOrElse(format, (): GlobalFlags.Format => "table")
)

/**
 * The backend that the global flags, the site flags and the requirements of the site describe.
 *
 * @category layers
 * @since 0.1.0
 */
export const connect = (
  backend: Backend.Backend,
  site: SiteValues = none,
  wishes?: Effect.Effect<Connection.Wishes, UsageError>
) =>
  Layer.unwrap(Effect.gen(function*() {
    const connection = yield* Effect.flatMap(flagsWith(site), Connection.fromFlags)
    return backend(wishes === undefined ? connection : { ...connection, wishes: yield* wishes })
  }))
