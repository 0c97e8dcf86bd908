/**
 * The command `htcondor-ce`.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import type * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { settings } from "../ce/Config.ts"
import * as SubmissionPlan from "../ce/SubmissionPlan.ts"
import * as SubmitDescription from "../condor/SubmitDescription.ts"
import { LocalFailure } from "../contract/BackendError.ts"
import { Cancellable, OutputRetriever, StatusReporter, Submitter } from "../contract/Capability.ts"
import { type JobHandle, JobHandleFromString } from "../contract/JobHandle.ts"
import type { Copy } from "../contract/Submission.ts"
import * as SubmissionKey from "../contract/SubmissionKey.ts"
import * as Connection from "./Connection.ts"
import * as Failure from "./Failure.ts"
import * as Inputs from "./Inputs.ts"
import * as Output from "./Output.ts"
import * as Progress from "./Progress.ts"

/**
 * The version of the package.
 *
 * @category constants
 * @since 0.1.0
 */
export const version = "0.1.0"

const root = Command.make("htcondor-ce").pipe(
  Command.withSharedFlags(Connection.flags),
  Command.withDescription(
    "Submit jobs to an HTCondor-CE, follow them, fetch their output and cancel them.\n\n" +
      "Exit code: 0 every id succeeded, 1 some ids did not, 2 usage or configuration, 3 the whole operation failed."
  )
)

const connect = (backend: Connection.Backend) =>
  Layer.unwrap(Effect.map(Effect.flatMap(root, Connection.fromFlags), backend))

const specArgument = Argument.String("SPEC.json").pipe(
  Argument.withDescription("What to run: a SubmissionSpec as JSON; relative paths are relative to this file")
)

const copyFlags = {
  copies: Flag.Int("copies").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))),
    Flag.optional,
    Flag.withMetavar("N"),
    Flag.withDescription("How many copies, at least 1; 1 unless given")
  ),
  copiesFile: Flag.String("copies-file").pipe(
    Flag.optional,
    Flag.withMetavar("COPIES.json"),
    Flag.withDescription(
      "A list of { \"environment\": {..}, \"secrets\": { \"<file name>\": \"<text>\" } }, one per copy"
    )
  ),
  key: Flag.String("key").pipe(
    Flag.withSchema(SubmissionKey.SubmissionKey),
    Flag.optional,
    Flag.withMetavar("KEY"),
    Flag.withDescription("The name of this submission: submitting again with it finds the jobs that are there")
  )
}

const readCopies = Effect.fnUntraced(function*(input: {
  readonly copies: Option.Option<number>
  readonly copiesFile: Option.Option<string>
}) {
  if (Option.isNone(input.copiesFile)) {
    return Array.from({ length: Option.getOrElse(input.copies, () => 1) }, (): Copy => ({}))
  }
  if (Option.isSome(input.copies)) {
    return yield* new Failure.UsageError({ detail: "--copies and --copies-file exclude each other" })
  }
  const copies: ReadonlyArray<Copy> = yield* Inputs.copies(input.copiesFile.value)
  return copies
})

const submit = (backend: Connection.Backend) =>
  Command.make(
    "submit",
    {
      spec: specArgument,
      ...copyFlags,
      handles: Flag.String("handles").pipe(
        Flag.optional,
        Flag.withMetavar("OUT.json"),
        Flag.withDescription("Write the list of handles to this file")
      )
    },
    Effect.fn("cli.submit")(
      function*(input) {
        const { json } = yield* root
        const submitter = yield* Submitter
        const spec = yield* Inputs.spec(input.spec)
        const copies = yield* readCopies(input)
        const write = yield* Effect.transposeOption(
          Option.map(input.handles, (file) => Inputs.handlesWriter(file))
        )
        const key = yield* Option.match(input.key, {
          onSome: Effect.succeed,
          // Told before anything is submitted: it is what makes it safe to try again.
          onNone: () =>
            Effect.tap(SubmissionKey.generate, (key) =>
              Console.error(`submitting with --key ${key}: repeat with it if this is cut short`))
        })
        const submission = yield* submitter.submit(spec, copies, { key })
        if (Option.isSome(write)) {
          yield* write.value(submission.handles).pipe(
            Effect.mapError((error) =>
              new LocalFailure({
                path: Option.getOrElse(input.handles, () =>
                  ""),
                detail: `${error.reason.message}; the jobs are submitted, repeat with --key ${key} to get their handles`
              })
            )
          )
        }
        yield* Output.submission(json, submission)
      },
      Effect.scoped
    )
  ).pipe(
    Command.withDescription("Submit a payload in many copies, as one cluster"),
    Command.withExamples([
      { command: "htcondor-ce submit job.json --copies 20 --handles jobs.json", description: "Twenty equal copies" },
      { command: "htcondor-ce submit job.json --copies-file copies.json --key run-7", description: "Safe to repeat" }
    ]),
    Command.provide(() => connect(backend))
  )

const preview = Command.make(
  "preview",
  { spec: specArgument, ...copyFlags },
  Effect.fn("cli.preview")(function*(input) {
    const { json } = yield* root
    const spec = yield* Inputs.spec(input.spec)
    const copies = yield* readCopies(input)
    const key = Option.getOrElse(input.key, () => SubmissionKey.SubmissionKey.make("preview"))
    const plan = yield* Effect.fromResult(SubmissionPlan.make(spec, copies, key, settings({ endpoint: "" })))
    yield* Output.description(json, SubmitDescription.toText(plan.description))
  })
).pipe(Command.withDescription("Print the submit description, without secrets; needs no compute element"))

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

const status = (backend: Connection.Backend) =>
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
        Flag.withDescription("How often --watch asks; every 5 seconds unless given")
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

const fetch = (backend: Connection.Backend) =>
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

const cancel = (backend: Connection.Backend) =>
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

/**
 * The command with all its subcommands, over a backend.
 *
 * @category commands
 * @since 0.1.0
 */
export const command = (backend: Connection.Backend) =>
  root.pipe(
    Command.withSubcommands([submit(backend), status(backend), fetch(backend), cancel(backend), preview])
  )

// Help that nobody asked for would stand on stdout, where only results belong.
const presenter: CliOutput.Presenter = {
  present: (event) =>
    event._tag === "Version" || (event._tag === "Help" && event.reason === "Requested")
      ? CliOutput.defaultPresenter.present(event)
      : Effect.void
}

const fromParser = (error: CliError.ShowHelp): Failure.UsageError => {
  const help = `see ${error.commandPath.join(" ")} --help`
  const [first] = error.errors
  return new Failure.UsageError({
    detail: first === undefined
      ? `which command? One of submit, status, fetch, cancel, preview; ${help}`
      : `${
        error.errors.map((one) => one.message.replace("Expected: Schema validation failed: ", "")).join("; ")
      } (${help})`
  })
}

// The parser may have failed before it knew.
const wantsJson = (args: ReadonlyArray<string>): boolean => {
  const end = args.indexOf("--")
  return (end < 0 ? args : args.slice(0, end)).some((arg) => arg === "--json" || arg === "--json=true")
}

const report = Effect.fnUntraced(function*(failure: unknown, json: boolean) {
  const words = Failure.words(failure)
  const code = Failure.exitCode(words._tag)
  if (code === 1) return code
  if (json) yield* Output.failure(words)
  yield* Console.error(`htcondor-ce: ${words.message}`)
  return code
})

/**
 * Runs the command with some arguments. Every failure is reported, and becomes the exit code.
 *
 * @category running
 * @since 0.1.0
 */
export const run = (
  args: ReadonlyArray<string>,
  backend: Connection.Backend = Connection.backend
): Effect.Effect<Failure.ExitCode, never, Command.Environment> =>
  Command.runWith(command(backend), { version, renderErrors: false })(args).pipe(
    Effect.as<Failure.ExitCode>(0),
    Effect.catch((error) => report(error._tag === "ShowHelp" ? fromParser(error) : error, wantsJson(args))),
    Effect.catchDefect((defect) => report(defect, wantsJson(args))),
    Effect.provideService(CliOutput.Presenter, presenter),
    Effect.provideService(Logger.LogToStderr, true)
  )
