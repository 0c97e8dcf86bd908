/**
 * Submits the copies of a submission under one key: one cluster for each run of `condor_submit`.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type { GridResource } from "../../../condor/GridUniverse.ts"
import { Urgent } from "../../../condor/Schedd.ts"
import {
  HistoryHidden,
  type InvalidSubmission,
  SubmissionConflict,
  SubmissionFailed,
  SubmissionFenced,
  SubmissionRejected,
  type SubmitError
} from "../../../contract/BackendError.ts"
import type { SubmitOptions, Submitter } from "../../../contract/Capability.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { Copy, Submission, SubmissionSpec, SubmissionWarning } from "../../../contract/Submission.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Temporary } from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import type { Session, Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import * as Elapsed from "../query/Elapsed.ts"
import type * as Exclusive from "../query/Exclusive.ts"
import * as Adopt from "./Adopt.ts"
import * as CopyRange from "./CopyRange.ts"
import * as KnownJobs from "./KnownJobs.ts"
import * as PayloadDigest from "./PayloadDigest.ts"
import * as Precedence from "./Precedence.ts"
import * as Reconcile from "./Reconcile.ts"
import * as Send from "./Send.ts"
import * as SubmissionPlan from "./SubmissionPlan.ts"
import * as SubmitDirectory from "./SubmitDirectory.ts"
import * as TakeBack from "./TakeBack.ts"
import * as Tuning from "./tuning.ts"

interface Placed extends Send.Sent {
  readonly stays: boolean
}

interface Wanted extends Adopt.Wanted {
  readonly fence: Send.Fence
}

type DirectoryOf = (range: CopyRange.CopyRange) => SubmitDirectory.Prepared

// Whether a cluster of this client stays. It does not if another client came first, or has rolled it back.
const holds = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    part: CopyRange.ClusterRange,
    sinceLookup: Elapsed.Elapsed
  ): Effect.fn.Return<boolean, SubmitError> {
    const isLate = Duration.isGreaterThan(yield* sinceLookup, Tuning.promptly)
    const place = yield* Precedence.look(session, key, part, isLate)
    if (place._tag === "First") return true
    if (place._tag === "Gone") return yield* TakeBack.mayCount(session, key, part)
    const twice = [place.elder, part.cluster]
    yield* Effect.logInfo(`submission ${key} at ${session.endpoint.address}: cluster ${twice.join(" came before ")}`)
    const staying = yield* TakeBack.removeYounger(session, key, place.elder, [part])
    if (staying === undefined) return false
    return yield* new SubmissionConflict({
      key,
      reason: TakeBack.reasonOf(staying),
      detail: `it names the clusters ${twice.join(", ")}`,
      leftover: staying.jobs
    })
  }
)

// Submits a part. A client that is interrupted after that still checks whether another came first: the copies must not run twice.
const submitPart = (
  session: Session,
  key: SubmissionKey,
  range: CopyRange.CopyRange,
  prepared: SubmitDirectory.Prepared,
  sinceLookup: Elapsed.Elapsed,
  fence: Send.Fence
): Effect.Effect<Placed, SubmitError, Scope.Scope> =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const look = (part: CopyRange.ClusterRange) => holds(session, key, part, sinceLookup)
    const last = (part: CopyRange.ClusterRange) =>
      look(part).pipe(
        Effect.provideService(Urgent, true),
        Effect.timeout(Tuning.lastWords),
        Effect.catch(({ message }) =>
          Effect.logWarning(`submission ${key} was interrupted, and may be there twice: ${message}`)
        ),
        Effect.asVoid
      )
    const sent = yield* restore(Send.part(session, key, range, prepared, fence, last))
    return { ...sent, stays: yield* restore(look(sent.part)).pipe(Effect.onInterrupt(() => last(sent.part))) }
  }))

// Submits the missing parts. After a failure no new one begins, and those in progress are completed.
const submitParts = Effect.fnUntraced(
  function*(
    session: Session,
    key: SubmissionKey,
    missing: ReadonlyArray<CopyRange.CopyRange>,
    directoryOf: DirectoryOf,
    sinceLookup: Elapsed.Elapsed,
    fence: Send.Fence
  ) {
    const placed: Array<Placed> = []
    const failures: Array<SubmitError> = []
    yield* Effect.forEach(
      missing,
      (range) =>
        Effect.suspend(() =>
          failures.length > 0 ? Effect.void : Effect.match(
            submitPart(session, key, range, directoryOf(range), sinceLookup, fence),
            {
              onFailure: (error) => void failures.push(error),
              onSuccess: (part) => void placed.push(part)
            }
          )
        ),
      { concurrency: Tuning.submitsAtOnce, discard: true }
    )
    return { placed, failure: failures[0] }
  }
)

// Usually all copies are missing. Their submit directory is made while the CE is queried, and used once.
const preparingAhead = Effect.fnUntraced(function*(expected: CopyRange.CopyRange, directoryOf: DirectoryOf) {
  let ahead: SubmitDirectory.Prepared | undefined = yield* SubmitDirectory.prepareAhead(directoryOf(expected))
  return (range: CopyRange.CopyRange): SubmitDirectory.Prepared => {
    if (ahead === undefined || !CopyRange.isSame(range, expected)) return directoryOf(range)
    const prepared = ahead
    ahead = undefined
    return prepared
  }
})

/**
 * Submits the missing copies of a submission. Repeats this if another client came first.
 */
const submitMissing = Effect.fnUntraced(
  function*(
    session: Session,
    wanted: Wanted,
    directories: DirectoryOf
  ): Effect.fn.Return<Submission, SubmitError, Scope.Scope> {
    const { copies, fence, key } = wanted
    const { maxJobsPerCluster } = session.settings
    const directoryOf = yield* preparingAhead({ first: 0, count: Math.min(copies, maxJobsPerCluster) }, directories)
    const submitted = new Set<number>()
    const warned = new Set<string>()
    for (let round = 0; round < Tuning.maxRounds; round++) {
      const sinceLookup = yield* Elapsed.startAtLeast
      const { hidden, there } = yield* Adopt.adopt(session, wanted)
      const missing = CopyRange.split(CopyRange.gaps(there, copies), maxJobsPerCluster)
      if (missing.length > 0 && hidden !== undefined && wanted.onHiddenHistory === "Fail") {
        return yield* new HistoryHidden({ endpoint: session.endpoint.address, key, detail: hidden })
      }
      const { failure, placed } = yield* submitParts(session, key, missing, directoryOf, sinceLookup, fence)
      for (const { part, warnings } of placed) {
        submitted.add(part.cluster)
        warnings.forEach((warning) => warned.add(warning))
      }
      const parts = [...there, ...placed.flatMap(({ part, stays }) => stays ? [part] : [])]
      const handles = Reconcile.handles(session, key, parts)
      if (failure !== undefined) return yield* withParts(failure, handles)
      if (!placed.every(({ stays }) => stays)) continue
      const adopted = !parts.some(({ cluster }) => submitted.has(cluster))
      return {
        key,
        handles,
        failures: [],
        warnings: adopted ? [] : [
          ...Array.from(warned, (detail): SubmissionWarning => ({ _tag: "SubmitWarning", detail })),
          ...(hidden === undefined ? [] : [{ _tag: "HistoryHidden", detail: hidden } as const])
        ],
        adopted
      }
    }
    return yield* new SubmissionConflict({
      key,
      reason: "Staging",
      detail: `${Tuning.maxRounds} times others submitted with it and failed`
    })
  }
)

/**
 * The submission service of one CE.
 */
export const make = Effect.fnUntraced(function*(
  sessions: Sessions,
  settings: Settings,
  temporary: Temporary,
  grid: GridResource | undefined,
  // A second fibre with the same key waits, and adopts the jobs of the first.
  exclusively: Exclusive.Exclusive
) {
  const fileSystem = yield* FileSystem.FileSystem
  const directories = yield* SubmitDirectory.make(temporary)

  const submit = Effect.fn("Submitter.submit")(
    function*(
      spec: SubmissionSpec,
      copies: ReadonlyArray<Copy>,
      { fence = Effect.void, isNew = false, key, onConflict = "Fail", onHiddenHistory = "Warn" }: SubmitOptions
    ): Effect.fn.Return<Submission, SubmitError> {
      // condor_submit of a 25.x client makes one job out of an empty list.
      if (copies.length === 0) return { key, handles: [], failures: [], warnings: [], adopted: false }
      const plan = yield* Effect.fromResult(SubmissionPlan.make(spec, copies, key, settings, grid))
      yield* Effect.annotateCurrentSpan({ "htcondor.submission_key": key, "htcondor.jobs": copies.length })
      return yield* exclusively(
        [key],
        Effect.scoped(Effect.gen(function*() {
          const digest = yield* Deferred.make<string, InvalidSubmission>()
          const directoryOf = yield* directories.forPlan(plan, Deferred.await(digest))
          yield* Effect.forkScoped(Deferred.complete(digest, PayloadDigest.make(fileSystem, spec, copies)))
          const payload = Deferred.await(digest)
          const fresh = yield* Ref.make(isNew)
          const wanted = {
            key,
            copies: copies.length,
            payload,
            onConflict,
            onHiddenHistory,
            isNew: Ref.getAndSet(fresh, false),
            fence: Effect.mapError(
              fence,
              ({ message }) => new SubmissionFenced({ endpoint: sessions.endpoint, key, detail: message })
            )
          }
          return yield* sessions.use(
            "submit",
            Effect.fnUntraced(function*(session) {
              const submission = yield* submitMissing(session, wanted, (range) => directoryOf(session, range))
              return submission.adopted
                ? submission
                : { ...submission, warnings: [...yield* warningsFor(session, spec), ...submission.warnings] }
            }, Effect.scoped)
          )
        }))
      )
    },
    Operation.submit(sessions.endpoint)
  )

  const reconcile = Effect.fn("Submitter.reconcile")((key: SubmissionKey) =>
    sessions.use(
      "read",
      Effect.fnUntraced(function*(session) {
        yield* Effect.annotateCurrentSpan({ "htcondor.submission_key": key })
        return Reconcile.state(session, key, yield* KnownJobs.reconcileState(session, key))
      })
    ), Operation.timed(sessions.endpoint, "reconcile"))

  return { submit, reconcile } satisfies Pick<Submitter["Service"], "submit" | "reconcile">
})

// A minimum: a job may also wait for a long time before it runs.
const warningsFor = ({ proxy }: Session, { resources }: SubmissionSpec): Effect.Effect<Submission["warnings"]> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const wallTimeSeconds = resources?.wallTimeSeconds
    return proxy === undefined || wallTimeSeconds === undefined ||
        DateTime.toEpochMillis(proxy.expiresAt) >= now + wallTimeSeconds * 1000
      ? []
      : [{ _tag: "CredentialExpiresEarly", kind: "X509Proxy", expiresAt: proxy.expiresAt, wallTimeSeconds }]
  })

// The clusters that were submitted completely stay, for the next attempt with the same key.
const withParts = (error: SubmitError, handles: ReadonlyArray<JobHandle>): SubmitError => {
  if (handles.length === 0) return error
  const jobs = handles.map(({ job }) => job)
  if (error._tag === "SubmissionFailed") {
    return new SubmissionFailed({ ...error, leftover: [...jobs, ...error.leftover] })
  }
  if (error._tag === "SubmissionRejected") {
    return new SubmissionRejected({ ...error, leftover: jobs })
  }
  if (error._tag === "SubmissionFenced") return new SubmissionFenced({ ...error, leftover: jobs })
  if (error._tag === "SubmissionConflict") {
    return new SubmissionConflict({ ...error, leftover: [...jobs, ...(error.leftover ?? [])] })
  }
  return error
}
