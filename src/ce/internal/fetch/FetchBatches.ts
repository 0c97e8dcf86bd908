/**
 * Fetches the output of many jobs in batches: transfer, move to the destination, and only then release.
 */
import * as Arr from "effect/Array"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BackendError, LocalFailure } from "../../../contract/BackendError.ts"
import { LimitExceeded, TransferFailed } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import * as SubmissionKey from "../../../contract/SubmissionKey.ts"
import type * as PrivateDirectories from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import type { Session } from "../credentials/Session.ts"
import type * as Acknowledge from "./Acknowledge.ts"
import type { Answer, Answers, Claim } from "./Claim.ts"
import * as Deposit from "./Deposit.ts"
import type * as Destination from "./Destination.ts"
import type * as FetchDecision from "./FetchDecision.ts"
import * as Transfer from "./Transfer.ts"
import * as Tuning from "./tuning.ts"

type Placed = Result.Result<JobOutput, TransferFailed | LimitExceeded>

type Outcome<E> = Result.Result<JobOutput, TransferFailed | LimitExceeded | E>

/**
 * - `answers`: the outcomes of jobs
 * - `released`: the answers for the jobs that were to be released
 * - `failed`: the jobs whose transfer failed
 * - `ended`: the failure of the operation, for all jobs without an outcome
 */
export interface Collected<E> {
  readonly answers: ReadonlyArray<readonly [JobHandle, Outcome<E>]>
  readonly released: Answers
  readonly failed: ReadonlyArray<FetchDecision.Candidate>
  readonly ended: BackendError | LocalFailure | undefined
}

// Divides a list into parts of about the same size.
const parts = <A>(all: ReadonlyArray<A>, atMost: number): ReadonlyArray<ReadonlyArray<A>> =>
  all.length === 0 ? [] : Arr.split(all, Math.ceil(all.length / atMost))

const failureOf = (
  { handle }: FetchDecision.Candidate,
  { detail, seconds }: Transfer.Transferred,
  { limits }: Settings
) =>
  seconds === undefined
    ? new TransferFailed({ handle, detail })
    : new LimitExceeded({
      handle,
      limit: "jobTransferTimeout",
      allowed: Math.round(Duration.toSeconds(limits.jobTransferTimeout)),
      actual: Math.ceil(seconds)
    })

// The state of one collection: its means, and its results so far.
interface Collection<E> {
  readonly session: Session
  readonly destination: string
  readonly transfers: Effect.Success<typeof Transfer.make>
  readonly local: Destination.Destination
  readonly release: Acknowledge.Release
  readonly deposit: Deposit.Deposit<E>
  readonly answers: Array<readonly [JobHandle, Outcome<E>]>
  readonly released: Map<Claim, Answer>
  readonly failed: Array<FetchDecision.Candidate>
  ended: BackendError | LocalFailure | undefined
}

const end = (collection: Pick<Collection<never>, "ended">) => (error: BackendError | LocalFailure) =>
  Effect.sync(() => {
    collection.ended ??= error
    return undefined
  })

// Transfers some jobs of a batch, and moves the complete outputs to their places. Undefined after a failure of the operation.
const attempt = <E>(
  collection: Collection<E>,
  batch: Transfer.Batch,
  jobs: ReadonlyArray<FetchDecision.Candidate>,
  areMarked: boolean,
  outcomes: Map<FetchDecision.Candidate, Placed>
) =>
  Effect.gen(function*() {
    const { destination, local, session, transfers } = collection
    const transferred = yield* transfers.transfer(batch, jobs, areMarked)
    const { excess } = transferred
    if (excess !== undefined) outcomes.set(excess.job, Result.fail(excess.error))
    const done = jobs.flatMap((job) =>
      transferred.done.has(String(job.id)) ? [{ job, staging: transfers.stagingOf(batch, job) }] : []
    )
    const placed = yield* local.place(done, batch.staging, destination, session.settings.limits, batch.begun)
    for (const [{ job }, outcome] of Arr.zip(done, placed)) outcomes.set(job, outcome)
    return transferred
  }).pipe(Effect.catch(end(collection)))

// Transfers all jobs of a batch together, and repeats this without the job at which the tool gave up, or that exceeded a limit.
// Then it transfers the remaining jobs one by one, so that none fails because of another.
const transferBatch = Effect.fnUntraced(
  function*<E>(
    collection: Collection<E>,
    batch: Transfer.Batch,
    jobs: ReadonlyArray<FetchDecision.Candidate>,
    areMarked: boolean
  ) {
    const { settings } = collection.session
    const outcomes = new Map<FetchDecision.Candidate, Placed>()
    const left = () => jobs.filter((job) => !outcomes.has(job))
    const suspects = new Set<FetchDecision.Candidate>()
    let repetitions = 0
    while (collection.ended === undefined) {
      const some = left().filter((job) => !suspects.has(job))
      if (some.length < 2) break
      const transferred = yield* attempt(collection, batch, some, areMarked && some.length === jobs.length, outcomes)
      const blamed = left().find((job) => String(job.id) === transferred?.blamed)
      if (blamed !== undefined) suspects.add(blamed)
      if (blamed === undefined && transferred?.excess === undefined || ++repetitions > Tuning.maxSuspects) break
    }
    yield* Effect.forEach(
      left(),
      Effect.fnUntraced(function*(job) {
        if (collection.ended !== undefined) return
        const transferred = yield* attempt(collection, batch, [job], areMarked && jobs.length === 1, outcomes)
        if (transferred === undefined || outcomes.has(job)) return
        outcomes.set(job, Result.fail(failureOf(job, transferred, settings)))
        collection.failed.push(job)
      }),
      { concurrency: settings.maxConcurrent, discard: true }
    )
    return outcomes
  }
)

const collectBatch = Effect.fnUntraced(
  function*<E>(
    collection: Collection<E>,
    batch: Transfer.Batch,
    jobs: ReadonlyArray<FetchDecision.Candidate>,
    areMarked: boolean
  ) {
    const { answers, deposit, release, released, session } = collection
    const placed = yield* transferBatch(collection, batch, jobs, areMarked)
    const outputs = Array.from(placed.values()).flatMap((one) => Result.isSuccess(one) ? [one.success] : [])
    const failures = yield* Deposit.all(deposit, outputs)
    const outcomes = Array.from(placed, ([job, outcome]): readonly [FetchDecision.Candidate, Outcome<E>] => {
      const failure = Result.isSuccess(outcome) ? failures.get(outcome.success) : undefined
      return [job, failure === undefined ? outcome : Result.fail(failure)]
    })
    const claims = outcomes.flatMap(([{ handle, id }, outcome]): ReadonlyArray<Claim> =>
      Result.isSuccess(outcome)
        ? [{ handle, id, guard: Transfer.ownedBy(batch), mark: batch.fetchId, directory: outcome.success.directory }]
        : []
    )
    for (const [claim, answer] of yield* release.once(session, claims)) released.set(claim, answer)
    for (const [job, outcome] of outcomes) answers.push([job.handle, outcome])
  }
)

/**
 * Makes `collect`. `release` decides whether jobs leave the CE when their output is complete at its place.
 */
export const make = Effect.fnUntraced(function*(
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  release: Acknowledge.Release
) {
  const transfers = yield* Transfer.make
  const concurrency = Math.min(Tuning.batchesAtOnce, settings.maxConcurrent)

  /**
   * Fetches the output of jobs to a destination. `admit` returns the jobs of a batch that still fit, and reports the outcomes of
   * the others. After a failure of the operation no new transfer begins. Transfers in progress are completed, and outputs at
   * their places stay.
   */
  const collect = Effect.fnUntraced(function*<E>(
    session: Session,
    candidates: ReadonlyArray<FetchDecision.Candidate>,
    destination: string,
    admit: (jobs: ReadonlyArray<FetchDecision.Candidate>) => Effect.Effect<ReadonlyArray<FetchDecision.Candidate>>,
    deposit: Deposit.Deposit<E>
  ): Effect.fn.Return<Collected<E>> {
    const collection: Collection<E> = {
      session,
      destination,
      transfers,
      local,
      release,
      deposit,
      answers: [],
      released: new Map(),
      failed: [],
      ended: undefined
    }
    const collectMarked = Effect.fnUntraced(
      function*(jobs: ReadonlyArray<FetchDecision.Candidate>) {
        if (collection.ended !== undefined) return
        const begun = yield* local.begin
        const staging = yield* temporary.scopedBelow(destination).pipe(
          Effect.mapError((error) => localFailure(destination, error))
        )
        const batch: Transfer.Batch = { session, staging, begun, fetchId: yield* SubmissionKey.generate }
        // If marking all jobs at once fails, each batch marks its own.
        const areMarked = (yield* transfers.mark(batch, jobs)) === undefined
        yield* Effect.forEach(
          parts(jobs, Tuning.batchSize),
          Effect.fnUntraced(function*(some) {
            if (collection.ended === undefined) yield* collectBatch(collection, batch, yield* admit(some), areMarked)
          }),
          { concurrency, discard: true }
        )
      },
      Effect.catch(end(collection)),
      Effect.scoped
    )

    for (const jobs of parts(candidates, Tuning.markedAtOnce)) yield* collectMarked(jobs)
    const { answers, ended, failed, released } = collection
    return { answers, released, failed, ended }
  })

  return { collect }
})
