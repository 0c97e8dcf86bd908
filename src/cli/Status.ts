/**
 * The commands that print the status of jobs.
 *
 * @since 0.1.0
 */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { StatusReporter } from "../contract/Capability.ts"
import type * as Backend from "./Backend.ts"
import * as Displays from "./Displays.ts"
import * as Failure from "./Failure.ts"
import * as GlobalFlags from "./GlobalFlags.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"
import { format } from "./Root.ts"
import * as Row from "./Row.ts"
import * as Selection from "./Selection.ts"
import * as Verdict from "./Verdict.ts"

const interval = Flag.String("interval").pipe(
  Flag.withSchema(GlobalFlags.Seconds),
  Flag.withDefault(5),
  Flag.withMetavar("SECONDS"),
  Flag.withDescription("Shortest pause between two queries (default: 5)")
)

const why = (reason: Progress.Reason, left: number, asked: number): string => {
  switch (reason) {
    case "Reached":
      return "all jobs have reached the state"
    case "OnlyHeld":
      return `only held jobs are left: ${left} of ${asked}. Release or cancel them`
    case "TimedOut":
      return `timed out: ${left} of ${asked} jobs have not reached the state`
    case "Unfollowed":
      return `${left} of ${asked} jobs could not be followed to the end`
  }
}

/** Follows the jobs, prints why the watch has ended and their outcomes, and fails if one has failed or not reached the state. */
const follow = Effect.fnUntraced(
  function*(
    selection: Selection.Selection,
    options: Omit<Progress.Options, "display" | "interval"> & { readonly interval: number }
  ) {
    const how = yield* format
    // The scope of the display ends before the results are printed: they come below it.
    const { outcomes, reason } = yield* Displays.make(how === "json").pipe(
      Effect.flatMap((display) =>
        Progress.follow(selection, { ...options, interval: Duration.seconds(options.interval), display })
      ),
      Effect.scoped
    )
    const all = Array.from(outcomes, ([, outcome]) => outcome)
    const left = all.filter((outcome) => !options.reached(outcome)).length
    const message = why(reason, left, all.length)
    if (reason !== "Reached") yield* Console.error(message)
    const failed = all.filter((outcome) => Verdict.of(outcome) === "Failed").length + left
    if (how !== "json") return yield* Output.outcomes(how, selection.handles, outcomes, Row.statusRow, failed)
    yield* Output.ended(reason, message)
    if (failed > 0) return yield* new Failure.Incomplete({ failed, asked: all.length })
  }
)

/**
 * `htcondor-ce status`
 *
 * @category commands
 * @since 0.1.0
 */
export const status = (backend: Backend.Backend) =>
  Command.make(
    "status",
    {
      ...Selection.flags,
      check: Flag.Boolean("check").pipe(
        Flag.withDefault(false),
        Flag.withDescription("Exit with 1 if a payload failed, or only held jobs are left")
      ),
      watch: Flag.Boolean("watch").pipe(
        Flag.withDefault(false),
        Flag.withDescription("Follow the jobs until all have ended, or only held jobs are left. Implies --check")
      ),
      interval
    },
    Effect.fn("cli.status")(
      function*(input) {
        const selection = yield* Selection.make(backend, input)
        if (input.watch) return yield* follow(selection, { interval: input.interval, reached: Progress.hasEnded })
        const outcomes = yield* Selection.each(
          selection,
          (handles) => StatusReporter.use(({ status }) => status(handles))
        )
        const verdicts = Array.from(outcomes, ([, outcome]) => Verdict.of(outcome))
        const failed = input.check ? Verdict.failures(Verdict.tally(verdicts)) : 0
        yield* Output.outcomes(yield* format, selection.handles, outcomes, Row.statusRow, failed)
      },
      Effect.scoped
    )
  ).pipe(Command.withDescription("Print the status of jobs"))

/**
 * `htcondor-ce wait`
 *
 * @category commands
 * @since 0.1.0
 */
export const wait = (backend: Backend.Backend) =>
  Command.make(
    "wait",
    {
      ...Selection.flags,
      for: Flag.Literals("for", ["running", "ended"]).pipe(
        Flag.withDefault("ended" as const),
        Flag.withMetavar("running|ended"),
        Flag.withDescription("State to wait for (default: ended)")
      ),
      timeout: Flag.String("timeout").pipe(
        Flag.withSchema(GlobalFlags.Seconds),
        Flag.optional,
        Flag.withMetavar("SECONDS"),
        Flag.withDescription("Time limit (default: none)")
      ),
      interval
    },
    Effect.fn("cli.wait")(
      function*(input) {
        const selection = yield* Selection.make(backend, input)
        yield* follow(selection, {
          interval: input.interval,
          reached: input.for === "running" ? Progress.hasStarted : Progress.hasEnded,
          timeout: Option.getOrUndefined(Option.map(input.timeout, Duration.seconds))
        })
      },
      Effect.scoped
    )
  ).pipe(
    Command.withDescription(
      "Wait until all jobs run or have ended.\n\n" +
        "Exit code: 0 they have, and no payload failed; 1 a payload failed, only held jobs are left, the time limit is over, or jobs cannot be followed."
    ),
    Command.withShortDescription("Wait until all jobs run or have ended")
  )
