/**
 * Requests of users to act on a job, and the states in which the schedd refuses them.
 *
 * @since 0.1.0
 */
import { integer } from "./Attributes.ts"
import type { Job } from "./Job.ts"
import type { JobTransitions } from "./JobTransitions.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { ActionResult, Queue } from "./Queue.ts"
import { stateOf, type Tracked } from "./ScheddState.ts"

/** The requests. `lose`: the CE removes a job that the gridmanager submitted to it. */
export interface Requests extends Pick<Queue, "remove" | "hold" | "release" | "forceRemoval"> {
  lose(job: Job): ActionResult
}

const { completed, held: isHeld, removed } = Lifecycle.status

export const make = (transitions: JobTransitions): Requests => {
  const { scheddState } = transitions

  const act = (
    job: Job,
    allowed: (state: number | undefined) => ActionResult,
    apply: (tracked: Tracked) => void
  ): ActionResult => {
    const tracked = scheddState.current(job)
    if (tracked === undefined) return "NotFound"
    const result = allowed(stateOf(tracked))
    if (result === "Done") apply(tracked)
    return result
  }

  return {
    remove: (job, by, reason = "via condor_rm") =>
      act(
        job,
        (state) => state === removed ? "AlreadyDone" : "Done",
        (tracked) => transitions.remove(tracked, `${reason} (by user ${by})`)
      ),
    lose: (job) =>
      act(job, (state) => state === completed || state === removed ? "BadStatus" : "Done", transitions.lose),
    hold: (job, by, reason, { code = 1, copied = false, subcode = 0 } = {}) =>
      act(
        job,
        (state) =>
          state === isHeld ? "AlreadyDone" : state === removed || state === completed ? "PermissionDenied" : "Done",
        (tracked) =>
          transitions.hold(tracked, {
            origin: copied ? "pool" : "request",
            reason: `${reason} (by user ${by})`,
            code,
            subcode
          })
      ),
    release: (job, by, reason = "via condor_release") =>
      act(
        job,
        (state) => state === isHeld && integer(job.ad, "HoldReasonCode") !== 16 ? "Done" : "BadStatus",
        (tracked) => transitions.release(tracked, `${reason} (by user ${by})`)
      ),
    forceRemoval: (job) =>
      act(
        job,
        (state) => state === removed ? "Done" : "BadStatus",
        (tracked) => {
          scheddState.change(tracked, { LeaveJobInQueue: false })
          scheddState.depart(tracked)
        }
      )
  }
}
