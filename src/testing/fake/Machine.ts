/**
 * The job queue of a fake schedd, as discrete events, without effects.
 *
 * @since 0.1.0
 */
import * as Arrivals from "./Arrivals.ts"
import { integer } from "./Attributes.ts"
import type { Job } from "./Job.ts"
import * as JobTransitions from "./JobTransitions.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import type { ActionResult, Queue } from "./Queue.ts"
import * as Requests from "./Requests.ts"
import type { Ending } from "./Runner.ts"
import { type Settings, stateOf, type Tracked } from "./ScheddState.ts"

/**
 * The queue, and more.
 *
 * - `lose`: the CE removes a job that the gridmanager submitted to it
 * - `defect`: the error of the first payload that threw
 * - `uploads`: the last file that a job sent to each URL
 * - `leftAtCE`: the jobs with a copy at the CE that the submit host does not know
 * - `ended`: reports the end of a real process
 */
export interface Machine extends Queue {
  lose(job: Job): ActionResult
  readonly defect: { readonly cause: unknown } | undefined
  readonly uploads: ReadonlyMap<string, SpoolFile>
  readonly leftAtCE: ReadonlyArray<string>
  ended(job: Job, ending: Ending): void
}

const { completed, held: isHeld, removed } = Lifecycle.status

export const make = (settings: Settings): Machine => {
  const { schedd, version } = settings
  const transitions = JobTransitions.make(settings)
  const { scheddState } = transitions
  let clusters = 0

  return {
    version,
    schedd,
    get defect() {
      return transitions.defect
    },
    get now() {
      return scheddState.now
    },
    get due() {
      return scheddState.due
    },
    uploads: transitions.uploads,
    leftAtCE: transitions.leftAtCE,
    advance: scheddState.advance,
    newCluster: () => ++clusters,
    submit: (user, cluster, ads) => Arrivals.submit(settings, transitions, user, cluster, ads),
    // In the order of numbers. Clusters may enter the queue in another order.
    jobs: (some) =>
      Array.from(scheddState.clusters.keys()).filter((cluster) => some?.has(cluster) !== false).toSorted((a, b) =>
        a - b
      )
        .flatMap((cluster) => Array.from(scheddState.clusters.get(cluster)?.values() ?? [], ({ job }) => job)),
    find: (cluster, proc) => scheddState.queue.get(`${cluster}.${proc}`)?.job,
    history: scheddState.history,
    ...Requests.make(transitions),
    edit: (job, name, expr) => {
      const tracked = scheddState.current(job)
      if (tracked === undefined) return
      scheddState.change(tracked, { [name]: expr })
      if (/^HoldCopiedFromTargetJob$/i.test(name)) transitions.claim(tracked)
    },
    stageOutBegan: (job) => {
      const tracked = scheddState.current(job)
      if (tracked !== undefined && countsTransfers(tracked)) {
        scheddState.change(tracked, { StageOutStart: scheddState.seconds })
      }
    },
    stageOutFinished: (job) => {
      const tracked = scheddState.current(job)
      if (tracked !== undefined && countsTransfers(tracked)) {
        scheddState.change(tracked, { StageOutFinish: scheddState.seconds })
      }
    },
    truth: scheddState.judge.truth,
    // A restarted schedd does not know which jobs have got their input.
    restart: () => {
      for (const tracked of scheddState.queue.values()) {
        if (stateOf(tracked) !== isHeld) scheddState.change(tracked, Lifecycle.restarted)
        else if (integer(tracked.job.ad, "HoldReasonCode") === 16) Arrivals.waitForInput(transitions, tracked)
      }
    },
    reinstall: () => {
      transitions.clear()
      clusters = 0
    },
    rotateHistory: scheddState.forget,
    ended: (job, ending) => {
      const tracked = scheddState.current(job)
      if (tracked?.runs === true) transitions.end(tracked, ending)
    }
  }

  // 23.x records every transfer, 25.x only those of jobs that have ended.
  function countsTransfers(tracked: Tracked): boolean {
    const state = stateOf(tracked)
    return version === "lts" || state === completed || state === removed
  }
}
