/**
 * The command that withdraws a submission, by its key.
 *
 * @since 0.1.0
 */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { Submitter, type Withdrawal, type WithdrawnJob } from "../contract/Capability.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import type * as Backend from "./Backend.ts"
import { Incomplete, oneLine } from "./Failure.ts"
import type * as GlobalFlags from "./GlobalFlags.ts"
import * as Output from "./Output.ts"
import { connect, format as outputFormat } from "./Root.ts"
import * as Table from "./Table.ts"

// A job whose ad has no copy number has no handle.
const columns: ReadonlyArray<Table.Column<WithdrawnJob>> = [
  { title: "JOB", cell: ({ job }) => job },
  { title: "COPY", cell: ({ handle }) => handle === undefined ? "" : String(handle.copy) },
  { title: "STATUS", cell: ({ _tag }) => _tag },
  { title: "DETAIL", cell: (job) => job._tag === "Left" ? oneLine(job.detail) : "" }
]

const print = Effect.fnUntraced(function*(format: GlobalFlags.Format, { complete, jobs, key }: Withdrawal) {
  if (format === "json") {
    return yield* Output.json({
      key,
      complete,
      jobs: jobs.map((job) => job.handle === undefined ? job : { ...job, handle: String(job.handle) })
    })
  }
  const lines = format === "name"
    ? jobs.flatMap(({ handle }) => handle === undefined ? [] : [String(handle)])
    : Table.lines(columns, jobs)
  yield* Effect.forEach(lines, (line) => Console.log(line), { discard: true })
  yield* Console.error(Output.counts(jobs.map(({ _tag }) => _tag)))
})

/**
 * `htcondor-ce withdraw`
 *
 * @category commands
 * @since 0.1.0
 */
export const withdraw = (backend: Backend.Backend) =>
  Command.make(
    "withdraw",
    {
      key: Argument.String("KEY").pipe(
        Argument.withSchema(SubmissionKey),
        Argument.withDescription("Key of the submission")
      )
    },
    Effect.fn("cli.withdraw")(function*({ key }) {
      const withdrawal = yield* Submitter.use((submitter) => submitter.withdraw(key))
      yield* print(yield* outputFormat, withdrawal)
      if (!withdrawal.complete) {
        yield* Console.error(`some jobs of ${key} are left: withdraw it again later`)
        const left = withdrawal.jobs.filter(({ _tag }) => _tag === "Left").length
        return yield* new Incomplete({ failed: Math.max(1, left), asked: Math.max(1, withdrawal.jobs.length) })
      }
    })
  ).pipe(
    Command.withDescription(
      "Cancel the live jobs of a submission and purge the completed ones. Output that is not fetched yet is lost.\n\n" +
        "Exit code: 0 no job of it is left, 1 some are."
    ),
    Command.withShortDescription("Cancel the live jobs of a submission and purge the completed ones"),
    Command.provide(() => connect(backend))
  )
