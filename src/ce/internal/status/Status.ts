/**
 * What jobs are doing, in the words of the contract.
 */
import * as Effect from "effect/Effect"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type { StatusReporter } from "../../../contract/Capability.ts"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type * as JobStatus from "../../../contract/JobStatus.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import type { Sessions } from "../credentials/Session.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as JobTargets from "../query/JobTargets.ts"
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
  const status = Effect.fn("StatusReporter.status")(
    function*(handles: ReadonlyArray<JobHandle>) {
      if (handles.length === 0) return Outcomes.fromIterable<JobStatus.JobStatus, StatusError>([])
      yield* Effect.annotateCurrentSpan({ "htcondor.jobs": handles.length })
      return yield* sessions.use("read", (session) => {
        const { elsewhere, here } = JobTargets.targets(session, handles)
        // Written while the tool is at work, and not when it is done. Of equal handles only the first is here.
        const results = new Map<JobHandle, Result.Result<JobStatus.JobStatus, StatusError>>(elsewhere)
        return Effect.map(
          JobLookup.lookup(
            session,
            here,
            StatusMapping.attributes,
            ({ handle }, found) => results.set(handle, StatusMapping.fromFound(found, session.settings.explanations))
          ),
          () =>
            Outcomes.fromIterable(handles.flatMap((handle) => {
              const result = results.get(handle)
              return result === undefined ? [] : [[handle, result] as const]
            }))
        )
      })
    }
  )

  const watch = yield* WatchPoller.make(status)
  return { status, statusOf: StatusBatcher.make(status), watch, waitFor: WaitFor.make(watch) }
})
