/**
 * The commands that take a `SPEC.json`.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { settings } from "../ce/Config.ts"
import * as Endpoint from "../ce/Endpoint.ts"
import * as Environment from "../ce/Environment.ts"
import * as SubmissionPlan from "../ce/internal/submit/SubmissionPlan.ts"
import * as Route from "../ce/Route.ts"
import * as SubmitDescription from "../condor/SubmitDescription.ts"
import { LocalFailure } from "../contract/BackendError.ts"
import { Submitter } from "../contract/Capability.ts"
import type { Copy } from "../contract/Submission.ts"
import * as SubmissionKey from "../contract/SubmissionKey.ts"
import * as Errno from "../files/Errno.ts"
import type * as Backend from "./Backend.ts"
import * as Connection from "./Connection.ts"
import * as Failure from "./Failure.ts"
import type * as GlobalFlags from "./GlobalFlags.ts"
import * as HandlesFile from "./HandlesFile.ts"
import * as Inputs from "./Inputs.ts"
import * as Output from "./Output.ts"
import * as PathFlag from "./PathFlag.ts"
import * as Payload from "./Payload.ts"
import { connect, flagsWith, format as outputFormat } from "./Root.ts"

const specArgument = PathFlag.argument("SPEC.json").pipe(
  Argument.withDescription(
    "SubmissionSpec as JSON: the payload and its resources. Relative paths are relative to this file"
  )
)

const copyFlags = {
  copies: Flag.Int("copies").pipe(
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))),
    Flag.optional,
    Flag.withMetavar("N"),
    Flag.withDescription("Number of copies (default: 1)")
  ),
  copiesFile: PathFlag.file("copies-file").pipe(
    Flag.optional,
    Flag.withMetavar("COPIES.json"),
    Flag.withDescription(
      "JSON list with { \"environment\": {..}, \"secrets\": { \"<file name>\": \"<text>\" } } for each copy"
    )
  ),
  key: Flag.String("key").pipe(
    Flag.withSchema(SubmissionKey.SubmissionKey),
    Flag.optional,
    Flag.withMetavar("KEY"),
    Flag.withDescription(
      "Key of this submission: to submit again with it finds the existing jobs (default: a new key, which is printed)"
    )
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
    return yield* new Failure.UsageError({ detail: "--copies and --copies-file cannot be combined" })
  }
  const copies: ReadonlyArray<Copy> = yield* Inputs.copies(input.copiesFile.value)
  return copies
})

const handlesMode = (input: {
  readonly handles: Option.Option<string>
  readonly force: boolean
  readonly append: boolean
}): Effect.Effect<HandlesFile.Mode, Failure.UsageError> =>
  input.force && input.append
    ? new Failure.UsageError({ detail: "--force and --append cannot be combined" })
    : (input.force || input.append) && Option.isNone(input.handles)
    ? new Failure.UsageError({ detail: "--force and --append need --handles FILE" })
    : Effect.succeed(input.force ? "Replace" : input.append ? "Append" : "New")

const examples: ReadonlyArray<Command.Command.Example> = [
  {
    command: "htcondor-ce submit job.json --copies 20 --handles jobs.json",
    description: "Submit twenty identical copies"
  },
  {
    command: "htcondor-ce submit job.json --copies-file copies.json --key run-7",
    description: "Use a key, so that repeating the command submits nothing twice"
  },
  {
    command: "htcondor-ce submit job.json --input data=https://example.org/data --url-schemes https",
    description: "Let the worker node download an input"
  }
]

/**
 * `htcondor-ce submit`
 *
 * @category commands
 * @since 0.1.0
 */
export const submit = (backend: Backend.Backend) =>
  Command.make(
    "submit",
    {
      spec: specArgument,
      ...copyFlags,
      ...Payload.specFlags,
      ...Payload.siteFlags,
      handles: PathFlag.file("handles").pipe(
        Flag.optional,
        Flag.withMetavar("OUT.json"),
        Flag.withDescription("Write the list of handles to this new file")
      ),
      force: Flag.Boolean("force").pipe(
        Flag.withDefault(false),
        Flag.withDescription("Replace the --handles file if it exists")
      ),
      append: Flag.Boolean("append").pipe(
        Flag.withDefault(false),
        Flag.withDescription("Add to the --handles file if it exists")
      ),
      onConflict: Flag.ChoiceWithValue("on-conflict", [["fail", "Fail"], ["adopt", "Adopt"]]).pipe(
        Flag.withDefault("Fail" as const),
        Flag.withDescription("Action if the jobs of this key have another payload (default: fail)")
      ),
      onHiddenHistory: Flag.ChoiceWithValue("on-hidden-history", [["warn", "Warn"], ["fail", "Fail"]]).pipe(
        Flag.withDefault("Warn" as const),
        Flag.withDescription(
          "Action if the CE does not show whether jobs of this key have run before (default: warn)"
        )
      )
    },
    Effect.fn("cli.submit")(
      function*(input) {
        const format = yield* outputFormat
        const submitter = yield* Submitter
        const spec = yield* Payload.spec(yield* Inputs.spec(input.spec), input)
        const copies = yield* readCopies(input)
        const mode = yield* handlesMode(input)
        const write = yield* Effect.transposeOption(
          Option.map(input.handles, (file) => HandlesFile.open(file, mode))
        )
        const key = yield* Option.match(input.key, {
          onSome: Effect.succeed,
          // Printed before anything is submitted: the user needs the key to repeat the command safely.
          onNone: () =>
            Effect.tap(SubmissionKey.generate, (key) =>
              Console.error(`submission key: ${key}. If this command is interrupted, run it again with --key ${key}`))
        })
        const submission = yield* submitter.submit(spec, copies, {
          key,
          onConflict: input.onConflict,
          onHiddenHistory: input.onHiddenHistory,
          isNew: Option.isNone(input.key)
        })
        if (Option.isSome(write)) {
          yield* write.value(submission.handles).pipe(
            Effect.mapError((error) =>
              new LocalFailure({
                path: Option.getOrElse(input.handles, () =>
                  ""),
                detail: `${
                  error._tag === "PlatformError" ? Errno.describe(error) : error.detail
                }; the jobs are submitted, run the command again with --key ${key} to get their handles`
              })
            )
          )
        }
        yield* Output.submission(format, submission)
      },
      Effect.scoped
    )
  ).pipe(
    Command.withDescription("Submit one or many copies of a payload"),
    Command.withExamples(examples),
    Command.provide((input) =>
      connect(backend, input, Payload.wishes(input))
    )
  )

// A description names the CE only in the grid universe.
const gridOf = Effect.fnUntraced(function*(flags: GlobalFlags.Flags) {
  const route = yield* Connection.route(flags)
  if (route === undefined) return undefined
  const address = yield* Connection.endpoint(flags)
  const ce = yield* Effect.fromResult(Endpoint.make(address, Option.getOrUndefined(flags.schedd)))
  const { grid } = yield* Effect.fromResult(Route.make(ce, route))
  return grid
})

/**
 * `htcondor-ce preview`
 *
 * @category commands
 * @since 0.1.0
 */
export const preview = Command.make(
  "preview",
  { spec: specArgument, ...copyFlags, ...Payload.specFlags, ...Payload.siteFlags },
  Effect.fn("cli.preview")(function*(input) {
    const flags = yield* flagsWith(input)
    const grid = yield* gridOf(flags)
    const spec = yield* Payload.spec(yield* Inputs.spec(input.spec), input)
    const site = Connection.siteOf(flags.named, { ...Environment.site(flags), ...(yield* Payload.wishes(input)) })
    const copies = yield* readCopies(input)
    const key = Option.getOrElse(input.key, () => SubmissionKey.SubmissionKey.make("preview"))
    const config = settings({ endpoint: "", proxy: Option.isSome(flags.proxyFile), ...site })
    const plan = yield* Effect.fromResult(SubmissionPlan.make(spec, copies, key, config, grid))
    yield* Output.description(yield* outputFormat, SubmitDescription.toText(plan.description))
  })
).pipe(Command.withDescription("Print the submit description (no secrets). Does not contact the CE"))
