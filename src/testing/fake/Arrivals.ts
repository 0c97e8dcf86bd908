/**
 * How jobs enter the queue of a fake schedd, and wait for their input.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import { integer } from "./Attributes.ts"
import * as EventLog from "./EventLog.ts"
import type { Job } from "./Job.ts"
import type { JobTransitions } from "./JobTransitions.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Proxy from "./Proxy.ts"
import type { Queue } from "./Queue.ts"
import { type Settings, stateOf, type Tracked } from "./ScheddState.ts"

/** In milliseconds: from a broken transfer to the removal of the jobs, and the longest wait for input. */
const delays = { stagingFailed: 1_500, stagingTakesTooLong: 12 * 3_600_000 }

/** Removes a job whose input does not arrive in time. */
export const waitForInput = (transitions: JobTransitions, tracked: Tracked): void => {
  const { scheddState } = transitions
  const since = 1_000 * (integer(tracked.job.ad, "QDate") ?? scheddState.seconds)
  const left = Math.max(0, since + delays.stagingTakesTooLong - scheddState.now)
  scheddState.later(tracked, left, () => transitions.remove(tracked, "Spooling is taking too long"))
}

/** Puts the jobs of a cluster into the queue. The client reports the transfer of their input to the result. */
export const submit = (
  settings: Settings,
  transitions: JobTransitions,
  user: string,
  cluster: number,
  ads: ReadonlyArray<ClassAd.ClassAd>
): ReturnType<Queue["submit"]> => {
  const { scheddState } = transitions
  const all = ads.map((ad, proc) => {
    const job: Job = { cluster, proc, user, ad, inputs: new Map(), outputs: new Map() }
    const tracked = scheddState.track(job)
    const total = ads.length
    const { endpoint, schedd, version } = settings
    const now = scheddState.seconds
    scheddState.change(
      tracked,
      Lifecycle.arrived(ad, { cluster, proc, total, endpoint, schedd, user, now, version })
    )
    scheddState.write(tracked, EventLog.submitted(job, scheddState.now, Lifecycle.addressOf(settings.endpoint)))
    waitForInput(transitions, tracked)
    return tracked
  })
  const here = () => all.filter((tracked) => scheddState.current(tracked.job) !== undefined)
  const waiting = () => here().filter((tracked) => stateOf(tracked) === Lifecycle.status.held)
  return {
    began: () => {
      for (const tracked of here()) scheddState.change(tracked, { StageInStart: scheddState.seconds })
    },
    done: (inputs) => {
      const at = scheddState.seconds
      for (const tracked of waiting()) {
        tracked.job.inputs = inputs[tracked.job.proc] ?? new Map<string, SpoolFile>()
        scheddState.later(tracked, settings.spoolDelay, () => {
          const { ad } = tracked.job
          scheddState.change(tracked, Lifecycle.spooled(ad, scheddState.seconds, at, Proxy.ofJob(tracked.job)))
          transitions.route(tracked)
        })
      }
    },
    failed: () => {
      for (const tracked of waiting()) {
        scheddState.later(
          tracked,
          delays.stagingFailed,
          () => transitions.remove(tracked, "Staging of job files failed")
        )
      }
    }
  }
}
