/**
 * The commands that take handles of jobs.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Cancellable, OutputRetriever, StatusReporter } from "../contract/Capability.ts"
import { type JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import * as Connection from "./Connection.ts"
import * as Failure from "./Failure.ts"
import * as Inputs from "./Inputs.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"
import { connect, root } from "./Root.ts"

const handleFlags = {
  handle: Argument.String("HANDLE").pipe(
    Argument.withSchema(JobHandleFromString),
    Argument.variadic(),
    Argument.withDescription("Jobs, as submit prints them")
  ),
  handles: Flag.String("handles").pipe(
    Flag.optional,
    Flag.withMetavar("FILE"),
    Flag.withDescription("A file with handles: a JSON list, or what submit --json printed")
  )
}

const readHandles = Effect.fnUntraced(function*(input: {
  readonly handle: ReadonlyArray<JobHandle>
  readonly handles: Option.Option<string>
}) {
  if (Option.isSome(input.handles)) return [...input.handle, ...yield* Inputs.handles(input.handles.value)]
  if (input.handle.length > 0) return input.handle
  return yield* new Failure.UsageError({ detail: "which jobs? Give handles, or --handles FILE" })
})

/**
 * `htcondor-ce status`
 *
 * @category commands
 * @since 0.1.0
 */
export const status = (backend: Connection.Backend) =>
  Command.make(
    "status",
    {
      ...handleFlags,
      watch: Flag.Boolean("watch").pipe(
        Flag.withDefault(false),
        Flag.withDescription("Follow the jobs to their end, with a progress line on stderr")
      ),
      interval: Flag.String("interval").pipe(
        Flag.withSchema(Connection.Seconds),
        Flag.withDefault(5),
        Flag.withMetavar("SECONDS"),
        Flag.withDescription("How often --watch asks while things change; every 5 seconds unless given")
      )
    },
    Effect.fn("cli.status")(function*(input) {
      const { json } = yield* root
      const reporter = yield* StatusReporter
      const handles = yield* readHandles(input)
      const outcomes = yield* input.watch
        ? Progress.follow(handles, Duration.seconds(input.interval))
        : reporter.status(handles)
      yield* Output.outcomes(json, handles, outcomes, Output.statusRow)
    })
  ).pipe(
    Command.withDescription("Tell what jobs are doing"),
    Command.provide(() => connect(backend))
  )

/**
 * `htcondor-ce fetch`
 *
 * @category commands
 * @since 0.1.0
 */
export const fetch = (backend: Connection.Backend) =>
  Command.make(
    "fetch",
    {
      ...handleFlags,
      dest: Flag.String("dest").pipe(
        Flag.withSchema(Schema.NonEmptyString),
        Flag.withMetavar("DIR"),
        Flag.withDescription("Where to: each job gets its own directory there")
      )
    },
    Effect.fn("cli.fetch")(function*(input) {
      const { json } = yield* root
      const retriever = yield* OutputRetriever
      const handles = yield* readHandles(input)
      const outcomes = yield* retriever.fetch(handles, input.dest)
      yield* Output.outcomes(json, handles, outcomes, Output.outputRow)
    })
  ).pipe(
    Command.withDescription("Fetch the output of completed jobs, once"),
    Command.provide(() => connect(backend))
  )

/**
 * `htcondor-ce cancel`
 *
 * @category commands
 * @since 0.1.0
 */
export const cancel = (backend: Connection.Backend) =>
  Command.make(
    "cancel",
    handleFlags,
    Effect.fn("cli.cancel")(function*(input) {
      const { json } = yield* root
      const cancellable = yield* Cancellable
      const handles = yield* readHandles(input)
      const outcomes = yield* cancellable.cancel(handles)
      yield* Output.outcomes(json, handles, outcomes, Output.cancelRow)
    })
  ).pipe(
    Command.withDescription("Cancel jobs; completed ones keep their output"),
    Command.provide(() => connect(backend))
  )
