/**
 * The status service: `status`, `describe`, `statusOf`, `watch` and `waitFor`.
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { Rules } from "../../../condor/ReasonRules.ts"
import type { StatusReporter } from "../../../contract/Capability.ts"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobRecord } from "../../../contract/JobRecord.ts"
import type * as JobStatus from "../../../contract/JobStatus.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import type { Sessions } from "../credentials/Session.ts"
import * as Operation from "../metrics/Operation.ts"
import * as WatchedJobs from "../metrics/WatchedJobs.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as JobTargets from "../query/JobTargets.ts"
import type { LookupResult } from "../query/LookupResult.ts"
import * as RecordMapping from "../query/RecordMapping.ts"
import * as StatusMapping from "../query/StatusMapping.ts"
import * as StatusBatcher from "./StatusBatcher.ts"
import * as WaitFor from "./WaitFor.ts"
import * as WatchPoller from "./WatchPoller.ts"

/**
 * The status service of one CE.
 */
export const make = Effect.fnUntraced(function*(
  sessions: Sessions
): Effect.fn.Return<StatusReporter["Service"], never, Scope.Scope> {
  // Queries the jobs of handles, and returns one outcome for each.
  const ask = Effect.fnUntraced(function*<A>(
    handles: ReadonlyArray<JobHandle>,
    attributes: { readonly queue: ReadonlyArray<string>; readonly history?: ReadonlyArray<string> },
    outcomeOf: (handle: JobHandle, found: LookupResult, rules: Rules | undefined) => Result.Result<A, StatusError>
  ) {
    if (handles.length === 0) return Outcomes.fromIterable<A, StatusError>([])
    yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
    return yield* sessions.use("read", (session) => {
      const { elsewhere, here } = JobTargets.targets(session, handles)
      // Outcomes are made while the tool still runs. Only the first of equal handles is in `here`.
      const results = new Map<JobHandle, Result.Result<A, StatusError>>(elsewhere)
      return Effect.map(
        JobLookup.lookup(
          session,
          here,
          attributes.queue,
          ({ handle }, found) => results.set(handle, outcomeOf(handle, found, session.settings.explanations)),
          attributes.history
        ),
        () =>
          Outcomes.fromIterable(handles.flatMap((handle) => {
            const result = results.get(handle)
            return result === undefined ? [] : [[handle, result] as const]
          }))
      )
    })
  })

  const status = Effect.fn("StatusReporter.status")((handles: ReadonlyArray<JobHandle>) =>
    ask<JobStatus.JobStatus>(
      handles,
      { queue: StatusMapping.attributes },
      (_, found, rules) => StatusMapping.fromFound(found, rules)
    ), Operation.bulk(sessions.endpoint, "status"))

  const describe = Effect.fn("StatusReporter.describe")((handles: ReadonlyArray<JobHandle>) =>
    ask<JobRecord>(
      handles,
      { queue: RecordMapping.attributes, history: RecordMapping.historyAttributes },
      RecordMapping.fromFound
    ), Operation.bulk(sessions.endpoint, "describe"))

  const watch = yield* WatchPoller.make(status, WatchedJobs.make(sessions.endpoint))
  return {
    status,
    describe,
    statusOf: StatusBatcher.make(status),
    watch,
    waitFor: WaitFor.make(watch, sessions.endpoint)
  }
})
