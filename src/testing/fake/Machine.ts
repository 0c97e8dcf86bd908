/**
 * The job queue that a fake schedd runs on: discrete events, without effects.
 *
 * @since 0.1.0
 */
import { integer } from "./Attributes.ts"
import * as EventLog from "./EventLog.ts"
import { idOf, type Job } from "./Job.ts"
import * as JobTransitions from "./JobTransitions.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Proxy from "./Proxy.ts"
import type { ActionResult, Queue } from "./Queue.ts"
import type { Ending } from "./Runner.ts"
import type { Settings, Tracked } from "./ScheddState.ts"
import { stateOf } from "./ScheddState.ts"

/**
 * The queue, and where a process that the machine does not play itself reports its end. `defect` is that of the first
 * payload that threw, `uploads` the last that jobs have sent to each URL. `lose`: the CE that a job was handed on to removes
 * it. `leftAtCE`: the jobs whose copy at the CE nobody knows of any more.
 */
export interface Machine extends Queue {
  lose(job: Job): ActionResult
  readonly defect: { readonly cause: unknown } | undefined
  readonly uploads: ReadonlyMap<string, SpoolFile>
  readonly leftAtCE: ReadonlyArray<string>
  ended(job: Job, ending: Ending): void
}

/** How long a client's break is thought over, and how long input is waited for, in milliseconds. */
const delays = { stagingFailed: 1_500, stagingTakesTooLong: 12 * 3_600_000 }

const { completed, held: isHeld, removed } = Lifecycle.status

export const make = (settings: Settings): Machine => {
  const { schedd, version } = settings
  const transitions = JobTransitions.make(settings)
  const { scheddState } = transitions
  let clusters = 0

  const current = (job: Job): Tracked | undefined => {
    const tracked = scheddState.queue.get(idOf(job))
    return tracked?.job === job ? tracked : undefined
  }

  const act = (
    job: Job,
    allowed: (state: number | undefined) => ActionResult,
    apply: (tracked: Tracked) => void
  ): ActionResult => {
    const tracked = current(job)
    if (tracked === undefined) return "NotFound"
    const result = allowed(stateOf(tracked))
    if (result === "Done") apply(tracked)
    return result
  }

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
    submit: (user, cluster, ads) => {
      const all = ads.map((ad, proc) => {
        const job: Job = { cluster, proc, user, ad, inputs: new Map(), outputs: new Map() }
        const tracked = scheddState.track(job)
        const total = ads.length
        const { endpoint } = settings
        const now = scheddState.seconds
        scheddState.change(
          tracked,
          Lifecycle.arrived(ad, { cluster, proc, total, endpoint, schedd, user, now, version })
        )
        scheddState.write(tracked, EventLog.submitted(job, scheddState.now, Lifecycle.addressOf(settings.endpoint)))
        waitForInput(tracked)
        return tracked
      })
      const here = () => all.filter((tracked) => current(tracked.job) !== undefined)
      const waiting = () => here().filter((tracked) => stateOf(tracked) === isHeld)
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
    },
    // A cluster whose input took longer to be looked at than that of the next comes after it.
    jobs: (some) =>
      Array.from(scheddState.clusters.keys()).filter((cluster) => some?.has(cluster) !== false).toSorted((a, b) =>
        a - b
      )
        .flatMap((cluster) => Array.from(scheddState.clusters.get(cluster)?.values() ?? [], ({ job }) => job)),
    find: (cluster, proc) => scheddState.queue.get(`${cluster}.${proc}`)?.job,
    history: scheddState.history,
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
      ),
    edit: (job, name, expr) => {
      const tracked = current(job)
      if (tracked === undefined) return
      scheddState.change(tracked, { [name]: expr })
      if (/^HoldCopiedFromTargetJob$/i.test(name)) transitions.claim(tracked)
    },
    stageOutBegan: (job) => {
      const tracked = current(job)
      if (tracked !== undefined && countsTransfers(tracked)) {
        scheddState.change(tracked, { StageOutStart: scheddState.seconds })
      }
    },
    stageOutFinished: (job) => {
      const tracked = current(job)
      if (tracked !== undefined && countsTransfers(tracked)) {
        scheddState.change(tracked, { StageOutFinish: scheddState.seconds })
      }
    },
    truth: scheddState.judge.truth,
    // Whose input had arrived is not known to the schedd that comes back.
    restart: () => {
      for (const tracked of scheddState.queue.values()) {
        if (stateOf(tracked) !== isHeld) scheddState.change(tracked, Lifecycle.restarted)
        else if (integer(tracked.job.ad, "HoldReasonCode") === 16) waitForInput(tracked)
      }
    },
    reinstall: () => {
      transitions.clear()
      clusters = 0
    },
    rotateHistory: scheddState.forget,
    ended: (job, ending) => {
      const tracked = current(job)
      if (tracked?.runs === true) transitions.end(tracked, ending)
    }
  }

  function waitForInput(tracked: Tracked): void {
    const since = 1_000 * (integer(tracked.job.ad, "QDate") ?? scheddState.seconds)
    const left = Math.max(0, since + delays.stagingTakesTooLong - scheddState.now)
    scheddState.later(tracked, left, () => transitions.remove(tracked, "Spooling is taking too long"))
  }

  // 23.x notes every transfer, 25.x those of jobs that are over.
  function countsTransfers(tracked: Tracked): boolean {
    const state = stateOf(tracked)
    return version === "lts" || state === completed || state === removed
  }
}
