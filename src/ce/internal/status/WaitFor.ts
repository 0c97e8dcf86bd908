/**
 * Waits until jobs satisfy a condition, on top of `watch`.
 */
import type * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as MutableHashMap from "effect/MutableHashMap"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { StatusChange, StatusReporter } from "../../../contract/Capability.ts"
import { EndedOtherwise, StatusUnavailable, type WaitError, WaitTimedOut } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as JobStatus from "../../../contract/JobStatus.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import * as Operation from "../metrics/Operation.ts"

type Reporter = StatusReporter["Service"]

const conditionOf = (until: Parameters<Reporter["waitFor"]>[1]["until"]) =>
  until === "Running" ? JobStatus.hasStarted : until === "Terminal" ? JobStatus.isTerminal : until

/**
 * Makes `waitFor` from `watch`. `endpoint` names the CE in spans. A job with an outcome is not queried any more.
 */
export const make = (watch: Reporter["watch"], endpoint?: string): Reporter["waitFor"] =>
  Effect.fn("StatusReporter.waitFor")(function*(handles, { timeout, until, ...pace }) {
    if (handles.length === 0) return Outcomes.fromIterable<JobStatus.JobStatus, WaitError>([])
    yield* Effect.annotateCurrentSpan({
      "htcondor.jobs": handles.length,
      ...(endpoint === undefined ? {} : { "htcondor.endpoint": endpoint })
    })
    const isReached = conditionOf(until)
    const waiting = MutableHashMap.fromIterable(
      handles.map((handle) => [handle, undefined as JobStatus.JobStatus | undefined] as const)
    )
    const settled: Array<readonly [JobHandle, Result.Result<JobStatus.JobStatus, WaitError>]> = []
    const sets = yield* Queue.unbounded<ReadonlyArray<JobHandle>, Cause.Done>()

    const announce = () => {
      Queue.offerUnsafe(sets, Array.from(MutableHashMap.keys(waiting)))
      if (MutableHashMap.isEmpty(waiting)) Queue.endUnsafe(sets)
    }
    const settle = (handle: JobHandle, outcome: Result.Result<JobStatus.JobStatus, WaitError>) => {
      settled.push([handle, outcome])
      MutableHashMap.remove(waiting, handle)
    }
    const settleAll = (errorOf: (handle: JobHandle, status: JobStatus.JobStatus | undefined) => WaitError) => {
      for (const [handle, status] of Array.from(waiting)) settle(handle, Result.fail(errorOf(handle, status)))
    }
    const accept = ({ handle, outcome }: StatusChange) => {
      if (!MutableHashMap.has(waiting, handle)) return
      if (Result.isFailure(outcome)) return settle(handle, outcome)
      const status = outcome.success
      if (isReached(status)) settle(handle, outcome)
      else if (JobStatus.isTerminal(status)) settle(handle, Result.fail(new EndedOtherwise({ handle, status })))
      else MutableHashMap.set(waiting, handle, status)
    }

    announce()
    const followed = watch(Stream.fromQueue(sets), pace).pipe(
      Stream.runForEachArray((changes) =>
        Effect.sync(() => {
          const before = settled.length
          changes.forEach(accept)
          if (settled.length > before) announce()
        })
      ),
      Effect.catch((error: BackendError) => {
        // Jobs that have an outcome keep it.
        if (settled.length === 0) return Effect.fail(error)
        return Effect.sync(() => settleAll((handle) => new StatusUnavailable({ handle, error })))
      })
    )
    if (timeout === undefined) yield* followed
    else if (Option.isNone(yield* Effect.timeoutOption(followed, timeout))) {
      const seconds = Duration.toSeconds(Duration.fromInputUnsafe(timeout))
      settleAll((handle, status) => new WaitTimedOut({ handle, seconds, ...(status === undefined ? {} : { status }) }))
    }
    const succeeded = settled.filter(([, outcome]) => Result.isSuccess(outcome)).length
    yield* Operation.counted(succeeded, settled.length - succeeded)
    return Outcomes.inOrder(Outcomes.fromIterable(settled), handles)
  })
