/**
 * The command that lists the jobs at a CE. It needs no local state.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Enumerable } from "../contract/Capability.ts"
import type * as Backend from "./Backend.ts"
import { UsageError } from "./Failure.ts"
import * as Output from "./Output.ts"
import { connect, format } from "./Root.ts"

const states = [
  "Staging",
  "Waiting",
  "Running",
  "Finishing",
  "Suspended",
  "Held",
  "Completed",
  // It stays in the queue until the batch system has removed it, too.
  "Removed"
] as const

const Age = Schema.DurationFromString.check(
  Schema.makeFilter((age: Duration.Duration) => Duration.isFinite(age) && Duration.isGreaterThan(age, Duration.zero), {
    expected: "a duration above zero, such as \"2 hours\""
  })
)

/**
 * `htcondor-ce list`
 *
 * @category commands
 * @since 0.1.0
 */
export const list = (backend: Backend.Backend) =>
  Command.make(
    "list",
    {
      tag: Flag.String("tag").pipe(
        Flag.optional,
        Flag.withMetavar("TAG"),
        Flag.withDescription("List only jobs of submissions with this tag")
      ),
      keyPrefix: Flag.String("key-prefix").pipe(
        Flag.optional,
        Flag.withMetavar("TEXT"),
        Flag.withDescription("List only jobs whose key begins with TEXT")
      ),
      status: Flag.Literals("status", states).pipe(
        Flag.withMetavar("STATUS"),
        Flag.withDescription(`List only jobs in this state: ${states.join(", ")}. May be repeated`),
        Flag.atLeast(0)
      ),
      departed: Flag.Boolean("departed").pipe(
        Flag.withDefault(false),
        Flag.withDescription("List jobs that have left the queue instead. Requires --since")
      ),
      since: Flag.String("since").pipe(
        Flag.withSchema(Age),
        Flag.optional,
        Flag.withMetavar("DURATION"),
        Flag.withDescription("With --departed: how far to look back, such as \"2 hours\" or \"1 day\"")
      )
    },
    Effect.fn("cli.list")(function*({ departed, keyPrefix, since, status, tag }) {
      if (departed || Option.isSome(since)) {
        if (!departed || Option.isNone(since)) {
          return yield* new UsageError({ detail: "use --departed and --since DURATION together" })
        }
        if (Option.isSome(tag) || Option.isSome(keyPrefix) || status.length > 0) {
          return yield* new UsageError({ detail: "--departed cannot be combined with --tag, --key-prefix or --status" })
        }
        const from = DateTime.subtractDuration(yield* DateTime.now, since.value)
        const jobs = yield* Enumerable.use(({ departed }) => Stream.runCollect(departed({ since: from })))
        return yield* Output.listed(yield* format, jobs)
      }
      const jobs = yield* Enumerable.use(({ list }) =>
        Stream.runCollect(list({
          tag: Option.getOrUndefined(tag),
          keyPrefix: Option.getOrUndefined(keyPrefix),
          status: status.length === 0 ? undefined : status
        }))
      )
      yield* Output.listed(yield* format, jobs)
    })
  ).pipe(
    Command.withDescription("List the jobs of this identity that this library has submitted to the CE"),
    Command.withExamples([
      {
        command: "htcondor-ce list --status Held -o name | htcondor-ce cancel --handles -",
        description: "Cancel all held jobs"
      },
      {
        command: "htcondor-ce list --departed --since \"1 day\"",
        description: "List jobs that have left the queue in the last 24 hours"
      }
    ]),
    Command.provide(() => connect(backend))
  )
