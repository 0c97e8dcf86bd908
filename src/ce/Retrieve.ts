/**
 * Retrieval in two phases: the output is complete at its destination before the job, if it is given once, leaves the CE.
 *
 * @since 0.1.0
 */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as JobAd from "../condor/JobAd.ts"
import type { BackendError, LocalFailure } from "../contract/BackendError.ts"
import type { OutputRetriever, RepeatableOutputRetriever } from "../contract/Capability.ts"
import {
  AlreadyRetrieved,
  type FetchError,
  LimitExceeded,
  OutputMissing,
  type RepeatableFetchError,
  TransferFailed
} from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { JobOutput } from "../contract/JobOutput.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import * as SubmissionKey from "../contract/SubmissionKey.ts"
import * as Admission from "./Admission.ts"
import { localFailure } from "./Channel.ts"
import type { Settings } from "./Config.ts"
import * as Destination from "./Destination.ts"
import { FreeSpace } from "./FreeSpace.ts"
import * as Lookup from "./Lookup.ts"
import * as Remove from "./Remove.ts"
import * as Retrieval from "./Retrieval.ts"
import type { Session, Sessions } from "./Session.ts"
import * as Status from "./Status.ts"
import type * as Temporary from "./Temporary.ts"
import * as Transfer from "./Transfer.ts"

/**
 * Whether the output is given once. It decides what becomes of a job whose output is at its destination.
 *
 * - `lost`: what to tell of a job that has no output any more, where that is not for this backend to tell
 * - `standing`: what to tell of a job whose output is at the destination already
 * - `release`: whether a fetched job leaves the CE
 *
 * @category models
 * @since 0.1.0
 */
interface Policy<E> {
  readonly lost: (error: FetchError) => E
  readonly standing: (output: JobOutput) => Result.Result<JobOutput, E>
  readonly release: boolean
}

const once: Policy<FetchError> = {
  lost: (error) => error,
  standing: ({ handle, manifest, retrievedAt }) => Result.fail(new AlreadyRetrieved({ handle, retrievedAt, manifest })),
  release: true
}

const repeatable: Policy<RepeatableFetchError> = {
  lost: (error) =>
    error._tag === "AlreadyRetrieved" ? new OutputMissing({ handle: error.handle, detail: error.message }) : error,
  standing: Result.succeed,
  release: false
}

// Jobs that are transferred by one run of a tool: a failure costs the repetition of as many.
const batchSize = 200

// Jobs of one batch that are set aside one after the other, each at the price of another transfer of the others.
const maxSuspects = 3

const failureOf = ({ handle }: Retrieval.Candidate, { detail, seconds }: Transfer.Transferred, { limits }: Settings) =>
  seconds === undefined
    ? new TransferFailed({ handle, detail })
    : new LimitExceeded({
      handle,
      limit: "jobTransferTimeout",
      allowed: Math.round(Duration.toSeconds(limits.jobTransferTimeout)),
      actual: Math.ceil(seconds)
    })

// Both retrievers: they differ by their policy alone.
const retriever = Effect.fnUntraced(function*<E extends FetchError>(
  sessions: Sessions,
  settings: Settings,
  temporary: Temporary.Temporary,
  policy: Policy<E | RepeatableFetchError>
) {
  type Outcome = Result.Result<JobOutput, E | RepeatableFetchError>
  const path = yield* Path.Path
  const local = yield* Destination.make
  const { stagingOf, transfer } = yield* Transfer.make
  const freeSpace = yield* FreeSpace
  const busy = new Map<string, Deferred.Deferred<void>>()

  // All jobs of a batch together, and again without the one at which the tool gave up. What is left over after that is
  // transferred job by job, so that none fails for its neighbour. A failure of the operation stops there, and does not take
  // back what was placed.
  const fetchBatch = Effect.fnUntraced(
    function*(session: Session, jobs: ReadonlyArray<Retrieval.Candidate>, destination: string) {
      const staging = yield* temporary.scopedBelow(destination).pipe(
        Effect.mapError((error) => localFailure(destination, error))
      )
      const batch: Transfer.Batch = { session, staging, nonce: yield* SubmissionKey.generate }
      const outcomes = new Map<Retrieval.Candidate, Outcome>()
      const settle = Effect.fnUntraced(function*(some: ReadonlyArray<Retrieval.Candidate>) {
        for (const job of some) {
          const placing = local.place(job, stagingOf(batch, job), destination, settings.limits)
          outcomes.set(job, yield* Effect.result(placing))
        }
      })
      // After a failure of the operation no transfer begins, and those under way go on to their end.
      let ended: Result.Result<void, BackendError | LocalFailure> = Result.void
      const attempt = Effect.fnUntraced(function*(some: ReadonlyArray<Retrieval.Candidate>) {
        const transferred = yield* Effect.result(transfer(batch, some))
        if (Result.isSuccess(transferred)) {
          yield* settle(some.filter((job) => transferred.success.done.has(String(job.id))))
          return transferred.success
        }
        ended = Result.fail(transferred.failure)
        return undefined
      })
      const left = () => jobs.filter((job) => !outcomes.has(job))
      const suspects = new Set<Retrieval.Candidate>()
      while (Result.isSuccess(ended)) {
        const some = left().filter((job) => !suspects.has(job))
        if (some.length < 2) break
        const transferred = yield* attempt(some)
        const blamed = left().find((job) => String(job.id) === transferred?.blamed)
        if (blamed === undefined || suspects.size === maxSuspects) break
        suspects.add(blamed)
      }
      yield* Effect.forEach(
        left(),
        Effect.fnUntraced(function*(job) {
          if (Result.isFailure(ended)) return
          const transferred = yield* attempt([job])
          if (transferred === undefined || outcomes.has(job)) return
          outcomes.set(job, Result.fail(failureOf(job, transferred, settings)))
        }),
        { concurrency: settings.maxConcurrent, discard: true }
      )
      const placed = jobs.filter((job) => Option.exists(Option.fromNullishOr(outcomes.get(job)), Result.isSuccess))
      yield* acknowledge(session, placed, Transfer.mine(batch))
      return {
        outcomes: Array.from(outcomes, ([job, outcome]) => [job.handle, outcome] as const),
        ended
      }
    },
    Effect.scoped
  )

  // Lets jobs leave whose output is safe. If that fails the output stays at the CE as well, until the next fetch of the
  // same job, or until its retention is over.
  const acknowledge = (session: Session, jobs: ReadonlyArray<Retrieval.Candidate>, guard: string) =>
    jobs.length === 0 || !policy.release
      ? Effect.void
      : Remove.remove(session, jobs, guard, Remove.reasons.retrieved).pipe(
        Effect.flatMap((answers) => {
          const kept = jobs.filter(({ id }) => !Remove.hasGone(answers.get(String(id))))
          return kept.length === 0 ? Effect.void : Effect.logWarning(
            `${session.endpoint.address} did not release fetched jobs: ${
              kept.map(({ id }) => `${id} (${answers.get(String(id)) ?? "taken over"})`).join(", ")
            }`
          )
        }),
        Effect.catch((error) =>
          Effect.logWarning(
            `${jobs.length} fetched jobs could not be released at ${session.endpoint.address}: ${error.message}`
          )
        )
      )

  const fetchTargets = Effect.fnUntraced(
    function*(targets: ReadonlyArray<Lookup.Target>, session: Session, destination: string) {
      yield* Effect.mapError(local.ensure(destination), (error) => localFailure(destination, error))
      // What killed fetches have left takes room.
      yield* temporary.sweep(destination)
      const outcomes: Array<readonly [JobHandle, Outcome]> = []
      const find = yield* Lookup.find(session, targets, JobAd.outputAttributes)
      const candidates: Array<Retrieval.Candidate> = []
      const unreleased: Array<Retrieval.Candidate> = []
      for (const target of targets) {
        const { handle, id } = target
        const decided = Retrieval.decide(handle, id, find(target))
        const standing = yield* local.standing(destination, handle)
        if (standing !== undefined && Result.isSuccess(standing)) {
          outcomes.push([handle, policy.standing(standing.success)])
          if (Result.isSuccess(decided)) unreleased.push(decided.success)
        } else if (Result.isFailure(decided)) outcomes.push([handle, Result.fail(policy.lost(decided.failure))])
        else if (standing !== undefined) outcomes.push([handle, standing])
        else candidates.push(decided.success)
      }
      yield* acknowledge(session, unreleased, "JobStatus == 4")
      for (let from = 0; from < candidates.length; from += batchSize) {
        const free = Option.getOrUndefined(yield* freeSpace(destination))
        const { admitted, refused } = Admission.admit(candidates.slice(from, from + batchSize), settings.limits, free)
        outcomes.push(...refused.map((error) => [error.handle, Result.fail(error)] as const))
        if (admitted.length === 0) continue
        const { ended, outcomes: some } = yield* fetchBatch(session, admitted, destination).pipe(
          Effect.catch((error) => Effect.succeed({ outcomes: [], ended: Result.fail(error) }))
        )
        outcomes.push(...some)
        if (Result.isSuccess(ended)) continue
        // Nothing was fetched yet: the caller loses nothing with the answers of the other jobs.
        if (!outcomes.some(([, outcome]) => Result.isSuccess(outcome))) return yield* ended.failure
        const answered = new Set(outcomes.map(([handle]) => handle))
        for (const { handle } of candidates.filter((job) => !answered.has(job.handle))) {
          outcomes.push([handle, Result.fail(new TransferFailed({ handle, detail: ended.failure.message }))])
        }
        break
      }
      return outcomes
    }
  )

  // One job is fetched by one fibre at a time: a second would point the transfer of the first to its own directory.
  const alone = <A, E, R>(handles: ReadonlyArray<JobHandle>, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.uninterruptibleMask((restore) => {
      const keys = handles.map(String)
      const waiting = keys.flatMap((key) => busy.get(key) ?? [])
      if (waiting.length > 0) {
        return restore(
          Effect.andThen(Effect.forEach(waiting, Deferred.await, { discard: true }), alone(handles, effect))
        )
      }
      const mine = Deferred.makeUnsafe<void>()
      for (const key of keys) busy.set(key, mine)
      return Effect.ensuring(
        restore(effect),
        Effect.sync(() => {
          for (const key of keys) busy.delete(key)
          Deferred.doneUnsafe(mine, Exit.void)
        })
      )
    })

  const fetch = Effect.fn(policy.release ? "OutputRetriever.fetch" : "RepeatableOutputRetriever.fetch")(
    function*(handles: ReadonlyArray<JobHandle>, destination: string) {
      if (handles.length === 0) return HashMap.empty<JobHandle, Outcome>()
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      return yield* sessions.use("write", (session) => {
        const { elsewhere, here } = Status.targets(session, handles)
        return Effect.map(
          alone(here.map((target) => target.handle), fetchTargets(here, session, path.resolve(destination))),
          (outcomes) => Outcomes.fromIterable<JobOutput, E | RepeatableFetchError>([...elsewhere, ...outcomes])
        )
      })
    }
  )

  const fetchOne = (
    handle: JobHandle,
    destination: string
  ): Effect.Effect<JobOutput, E | RepeatableFetchError | BackendError> =>
    Effect.flatMap(fetch([handle], destination), (outcomes) =>
      Option.match(Outcomes.get(outcomes, handle), {
        onNone: () => Effect.die(new Error("a handle was left without an outcome")),
        onSome: Effect.fromResult
      }))

  return { fetch, fetchOne }
})

/**
 * The service of one CE that gives output once.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (sessions: Sessions, settings: Settings, temporary: Temporary.Temporary) =>
  Effect.map(
    retriever(sessions, settings, temporary, once),
    ({ fetch, fetchOne }) => ({ destructive: true, fetch, fetchOne }) satisfies OutputRetriever["Service"]
  )

/**
 * The service of one CE that keeps output until it is purged, or until its retention is over.
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeRepeatable = (sessions: Sessions, settings: Settings, temporary: Temporary.Temporary) =>
  Effect.map(
    retriever(sessions, settings, temporary, repeatable),
    ({ fetch, fetchOne }) => ({ destructive: false, fetch, fetchOne }) satisfies RepeatableOutputRetriever["Service"]
  )
