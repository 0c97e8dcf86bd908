/**
 * The output of many jobs: transferred, put in its place, and only then acknowledged.
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
import type * as Destination from "./Destination.ts"
import type * as FetchDecision from "./FetchDecision.ts"
import * as Transfer from "./Transfer.ts"
import * as Tuning from "./tuning.ts"

type Outcome = Result.Result<JobOutput, TransferFailed | LimitExceeded>

/**
 * The outcomes of jobs, and the failure of the operation for which others have none; what became of those that were to be
 * released, and those whose transfer `failed`.
 */
export interface Collected {
  readonly answers: ReadonlyArray<readonly [JobHandle, Outcome]>
  readonly released: Acknowledge.Answers
  readonly failed: ReadonlyArray<FetchDecision.Candidate>
  readonly ended: BackendError | LocalFailure | undefined
}

// In parts of about the same size, none if there are none.
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

/**
 * What collects output from a CE. Without `release`, jobs stay at the CE.
 */
export const make = Effect.fnUntraced(function*(
  settings: Settings,
  temporary: PrivateDirectories.Temporary,
  local: Destination.Destination,
  release: Acknowledge.Release | undefined
) {
  const { mark, stagingOf, transfer } = yield* Transfer.make
  const concurrency = Math.min(Tuning.batchesAtOnce, settings.maxConcurrent)

  /**
   * Collects the output of jobs below a destination. `admit` gives those of a batch that still have room, and answers the
   * others itself. After a failure of the operation no transfer begins; those under way go on to their end, and what was
   * placed is not taken back.
   */
  const collect = Effect.fnUntraced(function*(
    session: Session,
    candidates: ReadonlyArray<FetchDecision.Candidate>,
    destination: string,
    admit: (jobs: ReadonlyArray<FetchDecision.Candidate>) => Effect.Effect<ReadonlyArray<FetchDecision.Candidate>>
  ): Effect.fn.Return<Collected> {
    const answers: Array<readonly [JobHandle, Outcome]> = []
    const released = new Map<Acknowledge.Claim, Acknowledge.Answer>()
    const failed: Array<FetchDecision.Candidate> = []
    const state: { ended: BackendError | LocalFailure | undefined } = { ended: undefined }
    const end = (error: BackendError | LocalFailure) =>
      Effect.sync(() => {
        state.ended ??= error
        return undefined
      })

    // All jobs of a batch together, and again without the one at which the tool gave up, or of which there was too much.
    // What is left over after that is transferred job by job, so that none fails for its neighbour.
    const collectBatch = Effect.fnUntraced(
      function*(batch: Transfer.Batch, jobs: ReadonlyArray<FetchDecision.Candidate>, areMarked: boolean) {
        const outcomes = new Map<FetchDecision.Candidate, Outcome>()
        const attempt = Effect.fnUntraced(
          function*(some: ReadonlyArray<FetchDecision.Candidate>, isFirst: boolean) {
            const transferred = yield* transfer(batch, some, areMarked && isFirst)
            const { excess } = transferred
            if (excess !== undefined) outcomes.set(excess.job, Result.fail(excess.error))
            const done = some.flatMap((job) =>
              transferred.done.has(String(job.id)) ? [{ job, staging: stagingOf(batch, job) }] : []
            )
            const placed = yield* local.place(done, batch.staging, destination, settings.limits)
            for (const [{ job }, outcome] of Arr.zip(done, placed)) outcomes.set(job, outcome)
            return transferred
          },
          Effect.catch(end)
        )
        const left = () => jobs.filter((job) => !outcomes.has(job))
        const suspects = new Set<FetchDecision.Candidate>()
        let repetitions = 0
        while (state.ended === undefined) {
          const some = left().filter((job) => !suspects.has(job))
          if (some.length < 2) break
          const transferred = yield* attempt(some, some.length === jobs.length)
          const blamed = left().find((job) => String(job.id) === transferred?.blamed)
          if (blamed !== undefined) suspects.add(blamed)
          if (blamed === undefined && transferred?.excess === undefined || ++repetitions > Tuning.maxSuspects) break
        }
        yield* Effect.forEach(
          left(),
          Effect.fnUntraced(function*(job) {
            if (state.ended !== undefined) return
            const transferred = yield* attempt([job], jobs.length === 1)
            if (transferred === undefined || outcomes.has(job)) return
            outcomes.set(job, Result.fail(failureOf(job, transferred, settings)))
            failed.push(job)
          }),
          { concurrency: settings.maxConcurrent, discard: true }
        )
        const claims = Array.from(outcomes).flatMap(([{ handle, id }, outcome]): ReadonlyArray<Acknowledge.Claim> =>
          Result.isSuccess(outcome)
            ? [{
              handle,
              id,
              guard: Transfer.ownedBy(batch),
              mark: batch.fetchId,
              directory: outcome.success.directory
            }]
            : []
        )
        if (release !== undefined) {
          for (const [claim, answer] of yield* release.once(session, claims)) released.set(claim, answer)
        }
        for (const [job, outcome] of outcomes) answers.push([job.handle, outcome])
      }
    )

    const collectMarked = Effect.fnUntraced(
      function*(jobs: ReadonlyArray<FetchDecision.Candidate>) {
        if (state.ended !== undefined) return
        const staging = yield* temporary.scopedBelow(destination).pipe(
          Effect.mapError((error) => localFailure(destination, error))
        )
        const batch: Transfer.Batch = { session, staging, fetchId: yield* SubmissionKey.generate }
        // What cannot be done for all of them is tried for each batch.
        const areMarked = (yield* mark(batch, jobs)) === undefined
        yield* Effect.forEach(
          parts(jobs, Tuning.batchSize),
          Effect.fnUntraced(function*(some) {
            if (state.ended === undefined) yield* collectBatch(batch, yield* admit(some), areMarked)
          }),
          { concurrency, discard: true }
        )
      },
      Effect.catch(end),
      Effect.scoped
    )

    for (const jobs of parts(candidates, Tuning.markedAtOnce)) yield* collectMarked(jobs)
    return { answers, released, failed, ended: state.ended }
  })

  return { collect }
})
