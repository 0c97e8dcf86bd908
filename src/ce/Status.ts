/**
 * What jobs are doing, in the words of the contract.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as HashMap from "effect/HashMap"
import * as Option from "effect/Option"
import * as Request from "effect/Request"
import * as RequestResolver from "effect/RequestResolver"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as HoldReason from "../condor/HoldReason.ts"
import * as JobState from "../condor/JobState.ts"
import type { BackendError } from "../contract/BackendError.ts"
import type { StatusChange, StatusReporter } from "../contract/Capability.ts"
import { type HistoryUnavailable, type StatusError, UnreadableJob } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as JobStatus from "../contract/JobStatus.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import * as Lookup from "./Lookup.ts"
import type { Sessions } from "./Session.ts"

const { cases } = JobStatus.JobStatus

const diagnosis = ({ _tag, since }: JobState.Delay): string => {
  const when = DateTime.formatIso(DateTime.makeUnsafe(since * 1_000))
  return _tag === "Unsubmitted"
    ? `not handed over to the compute element yet, since ${when}`
    : `the compute element has not answered the submit host, or has refused its credential, since ${when}`
}

/**
 * The contract's word for a state.
 *
 * | state | status |
 * | --- | --- |
 * | Spooling | Staging |
 * | Idle | Waiting, with a diagnosis where a gridmanager has not handed it on |
 * | Running | Running |
 * | TransferringOutput | Finishing |
 * | Suspended | Suspended |
 * | Held by the job's own policy (code 3) | Failed |
 * | Held otherwise | Held |
 * | Completed, or completed and then Left | Completed |
 * | Removed | Removed |
 *
 * @category converting
 * @since 0.1.0
 */
export const fromState: (state: JobState.JobState) => JobStatus.JobStatus = JobState.JobState.match({
  Spooling: () => cases.Staging.make({}),
  Idle: ({ delay }) => cases.Waiting.make(delay === undefined ? {} : { diagnosis: diagnosis(delay) }),
  Running: () => cases.Running.make({}),
  TransferringOutput: () => cases.Finishing.make({}),
  Suspended: () => cases.Suspended.make({}),
  Held: ({ code, reason, subcode }) =>
    code === HoldReason.jobPolicy ? cases.Failed.make({ reason }) : cases.Held.make({ code, subcode, reason }),
  Completed: ({ termination }) => cases.Completed.make({ exit: termination }),
  Left: ({ termination }) => cases.Completed.make({ exit: termination }),
  Removed: ({ reason }) => cases.Removed.make({ reason })
})

/**
 * The status of a job that was looked up.
 *
 * @category converting
 * @since 0.1.0
 */
export const fromFound = (
  handle: JobHandle,
  found: Lookup.Found
): Result.Result<JobStatus.JobStatus, UnreadableJob | HistoryUnavailable> => {
  switch (found._tag) {
    case "Absent":
      return Result.succeed(cases.Unknown.make({}))
    case "Failed":
      return Result.fail(found.error)
    case "Queue":
    case "History":
      return Result.mapBoth(JobState.fromAd(found.ad), {
        onSuccess: fromState,
        onFailure: (detail) => new UnreadableJob({ handle, detail })
      })
  }
}

class StatusOf extends Request.Class<{ readonly handle: JobHandle }, JobStatus.JobStatus, StatusError | BackendError> {}

/**
 * Splits handles into those of this CE, each once and in the order asked, and the answers for the others.
 *
 * @category converting
 * @since 0.1.0
 */
export const targets = (session: Parameters<typeof Lookup.target>[0], handles: ReadonlyArray<JobHandle>) => {
  const here: Array<Lookup.Target> = []
  const elsewhere: Array<readonly [JobHandle, Result.Result<never, StatusError>]> = []
  for (const handle of new Map(handles.map((one) => [String(one), one])).values()) {
    const result = Lookup.target(session, handle)
    if (Result.isSuccess(result)) here.push(result.success)
    else elsewhere.push([handle, Result.fail(result.failure)])
  }
  return { here, elsewhere }
}

// Reading may be repeated; a CE that is away for longer than some two minutes ends the watch.
const whileUnavailable = Schedule.min([Schedule.exponential("1 second"), Schedule.spaced("30 seconds")]).pipe(
  Schedule.jittered,
  Schedule.upTo({ times: 8 })
)

/**
 * The status service of one CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (sessions: Sessions): StatusReporter["Service"] => {
  const status = Effect.fn("StatusReporter.status")(
    function*(handles: ReadonlyArray<JobHandle>) {
      if (handles.length === 0) return HashMap.empty<JobHandle, Result.Result<JobStatus.JobStatus, StatusError>>()
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      return yield* sessions.use("read", (session) => {
        const { elsewhere, here } = targets(session, handles)
        return Effect.map(
          Lookup.find(session, here),
          (find) =>
            Outcomes.fromIterable<JobStatus.JobStatus, StatusError>([
              ...elsewhere,
              ...here.map((target) => [target.handle, fromFound(target.handle, find(target))] as const)
            ])
        )
      })
    }
  )

  // Callers within the window share one question; equal handles share one answer.
  const resolver = RequestResolver.make<StatusOf>(Effect.fnUntraced(function*(entries) {
    const answer = yield* Effect.result(status(entries.map((entry) => entry.request.handle)))
    for (const entry of entries) {
      if (Result.isFailure(answer)) {
        entry.completeUnsafe(Exit.fail(answer.failure))
        continue
      }
      const outcome = Option.getOrUndefined(HashMap.get(answer.success, entry.request.handle))
      entry.completeUnsafe(
        outcome === undefined
          ? Exit.die(new Error("a handle was left without an outcome"))
          : Result.isSuccess(outcome)
          ? Exit.succeed(outcome.success)
          : Exit.fail(outcome.failure)
      )
    }
  })).pipe(RequestResolver.setDelay("20 millis"))

  const watch: StatusReporter["Service"]["watch"] = (handles, options = {}) =>
    Stream.suspend(() => {
      const known = new Map<string, JobStatus.JobStatus>()
      const over = new Set<string>()
      const doubted = new Set<string>()
      const live = () => handles.filter((handle) => !over.has(String(handle)))
      // What is new in an answer. A first "Unknown" is not: one wrong answer would end the following of a job.
      const news = (handle: JobHandle, outcome: StatusChange["outcome"]): ReadonlyArray<StatusChange> => {
        const name = String(handle)
        const previous = known.get(name)
        if (Result.isFailure(outcome)) {
          if (outcome.failure._tag === "HistoryUnavailable" && outcome.failure.temporary) return []
          over.add(name)
          return [{ handle, outcome, previous }]
        }
        const now = outcome.success
        if (now._tag === "Unknown" && !doubted.has(name)) {
          doubted.add(name)
          return []
        }
        if (now._tag !== "Unknown") doubted.delete(name)
        if (JobStatus.isTerminal(now)) over.add(name)
        known.set(name, now)
        return previous !== undefined && Equal.equals(previous, now) ? [] : [{ handle, outcome, previous }]
      }
      const poll = Effect.gen(function*() {
        const outcomes = yield* Effect.retry(status(live()), {
          schedule: whileUnavailable,
          while: (error) => error.isRetryable
        })
        const changes = Array.from(outcomes).flatMap(([handle, outcome]) => news(handle, outcome))
        return { changes, last: live().length === 0 }
      })
      return Stream.fromEffectSchedule(poll, Schedule.spaced(options.interval ?? "10 seconds")).pipe(
        Stream.takeUntil(({ last }) => last),
        Stream.map(({ changes }) => changes),
        Stream.flattenIterable
      )
    })

  return {
    status,
    statusOf: (handle) => Effect.request(new StatusOf({ handle }), resolver),
    watch
  }
}
