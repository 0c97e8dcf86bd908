/**
 * Transfers the files that a held job has left.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Constraint from "../../../condor/Constraint.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { BackendError, LocalFailure } from "../../../contract/BackendError.ts"
import { LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import type { Limits } from "../../../contract/Limits.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import * as JobLookup from "../query/JobLookup.ts"
import type * as FetchDecision from "./FetchDecision.ts"
import type * as HeldDecision from "./HeldDecision.ts"
import * as OutputLayout from "./OutputLayout.ts"
import * as Transfer from "./Transfer.ts"
import * as Tuning from "./tuning.ts"

type Failure = BackendError | LocalFailure | TransferFailed | LimitExceeded

const named = (job: FetchDecision.Candidate) => Constraint.jobs([job.id], JobLookup.keyOf([job]))

const ours = (batch: Transfer.Batch, job: FetchDecision.Candidate) =>
  Constraint.all(named(job), `JobStatus == 5 && ${OwnAttributes.hasHeldMark(batch.fetchId)}`)

const edit = (
  batch: Transfer.Batch,
  { handle }: FetchDecision.Candidate,
  constraint: string,
  edits: ReadonlyArray<readonly [name: string, expression: string]>
): Effect.Effect<void, BackendError | TransferFailed> =>
  Effect.catchTag(
    batch.session.edit(constraint, edits),
    "JobsRefused",
    ({ detail }) => Effect.fail(new TransferFailed({ handle, detail }))
  )

// Whether the schedd sent all files, by how the tool ended.
const isComplete = Effect.fnUntraced(function*(
  { handle }: FetchDecision.Candidate,
  ended: Transfer.Ended,
  { jobTransferTimeout }: Limits
): Effect.fn.Return<boolean, TransferFailed | LimitExceeded> {
  if (ended._tag === "Complete") return true
  if (ended._tag === "Stopped") {
    const excess = yield* ended.excess
    return yield* excess?.error ??
      new TransferFailed({ handle, detail: "there was too little room at the destination" })
  }
  if (ended.seconds !== undefined) {
    return yield* new LimitExceeded({
      handle,
      limit: "jobTransferTimeout",
      allowed: Math.round(Duration.toSeconds(jobTransferTimeout)),
      actual: Math.ceil(ended.seconds)
    })
  }
  return ended.isFileMissing === true ? false : yield* new TransferFailed({ handle, detail: ended.detail })
})

/**
 * Makes `transfer`.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const transfers = yield* Transfer.make

  // One run of the tool, to a new directory. Returns whether the schedd sent all files.
  const pass = Effect.fnUntraced(function*(
    batch: Transfer.Batch,
    job: FetchDecision.Candidate,
    holds: string
  ): Effect.fn.Return<boolean, Failure> {
    const { limits } = batch.session.settings
    yield* transfers.emptied(transfers.stagingOf(batch, job))
    const ended = yield* transfers.attempt(batch, [job], Constraint.all(ours(batch, job), holds))
    const isWhole = yield* isComplete(job, ended, limits)
    // The tool skips a job that does not satisfy the condition any more, without a message.
    const still = yield* JobLookup.ownQueue(
      batch.session,
      ours(batch, job),
      ({ id }) => String(id) === String(job.id),
      ["ClusterId", "ProcId", "JobStatus"]
    )
    if (still.length > 0) return isWhole
    return yield* new TransferFailed({
      handle: job.handle,
      detail: "it is not held any more, or somebody else has edited it"
    })
  })

  const arrivedOf = (batch: Transfer.Batch, job: FetchDecision.Candidate) =>
    Effect.mapError(
      Effect.map(fileSystem.readDirectory(transfers.stagingOf(batch, job)), (names) => new Set(names)),
      (error) => localFailure(transfers.stagingOf(batch, job), error)
    )

  /**
   * Transfers the files of a held job to its directory below that of the batch. Returns whether the schedd sent all of them
   * without a failure.
   *
   * **Details**
   *
   * The schedd sends the files that exist, and fails for the others. So a second run asks only for the files that have arrived
   * (`SpooledOutputFiles`), unless stdout, stderr or the log is missing, which the schedd sends in any case. The expression of
   * that list is undefined once the job is not held. If this process is killed here, neither a later fetch nor the batch system
   * can take it for the list of all outputs. The mark of a fetch of completed jobs does not change.
   */
  const transfer = Effect.fnUntraced(function*(
    batch: Transfer.Batch,
    { job }: HeldDecision.Held
  ): Effect.fn.Return<boolean, Failure> {
    const { handle } = job
    const redirect = Transfer.redirectOf(batch)
    if (redirect === undefined) return yield* new TransferFailed({ handle, detail: Transfer.unsupportedPath })
    const { edits, holds } = redirect
    const clean = [
      [OwnAttributes.names.heldFetch, "undefined"],
      ["SpooledOutputFiles", "undefined"],
      // A schedd of 23.9 notes the transfer of a held job as a transfer of its output.
      ["StageOutFinish", "undefined"]
    ] as const
    const reset = edit(batch, job, ours(batch, job), clean).pipe(
      Effect.timeout(Tuning.closing),
      Effect.catch(({ message }) => Effect.logDebug(`the mark of held job ${handle.job} stays: ${message}`))
    )
    const passes = Effect.gen(function*(): Effect.fn.Return<boolean, Failure> {
      if (yield* pass(batch, job, holds)) return true
      const arrived = yield* arrivedOf(batch, job)
      if (!OutputLayout.ownFiles(job).every((name) => arrived.has(name))) return false
      const list = Constraint.stringLiteral(job.promised.filter((name) => arrived.has(name)).join(","))
      if (list === undefined) return false
      const spooled = `ifThenElse(JobStatus == 5, ${list}, undefined)`
      yield* edit(batch, job, ours(batch, job), [["SpooledOutputFiles", spooled]])
      return yield* pass(batch, job, holds)
    })
    const held = Constraint.all(named(job), "JobStatus == 5", OwnAttributes.hasFormat)
    const mark = [
      [OwnAttributes.names.heldFetch, `"${batch.fetchId}"`],
      ["SpooledOutputFiles", "undefined"],
      ...edits
    ] as const
    return yield* Effect.ensuring(Effect.andThen(edit(batch, job, held, mark), passes), reset)
  })

  return { transfer, stagingOf: transfers.stagingOf }
})
