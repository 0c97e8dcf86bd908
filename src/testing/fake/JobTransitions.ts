/**
 * The changes in a job's life, from events and from requests of users.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import { integer, text } from "./Attributes.ts"
import * as EventLog from "./EventLog.ts"
import * as Execution from "./Execution.ts"
import type { Numbers } from "./Execution.ts"
import * as Gridmanager from "./Gridmanager.ts"
import * as HandingOn from "./HandingOn.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Policy from "./Policy.ts"
import type { Ending } from "./Runner.ts"
import * as ScheddState from "./ScheddState.ts"
import type { Tracked } from "./ScheddState.ts"

/** The delays of the JobRouter, in milliseconds. */
const delays = { removal: 1_700, look: 2_000 }

/**
 * The transitions of jobs.
 *
 * - `hold`, `release`, `remove`: hold, release and remove a job for a reason
 * - `claim`: the JobRouter looks at a held job whose ad was edited
 * - `lose`: the CE has removed a job that the gridmanager submitted to it
 * - `route`: a job whose input has arrived enters the pool, or the CE behind a submit host
 * - `end`: the process of a job has ended
 * - `clear`: empties the queue and the history
 * - `defect`: the error of the first payload that threw
 * - `uploads`: the last file that a job sent to each URL
 * - `leftAtCE`: the jobs with a copy at the CE that the submit host does not know
 */
export interface JobTransitions {
  readonly scheddState: ScheddState.ScheddState
  readonly defect: { readonly cause: unknown } | undefined
  readonly uploads: ReadonlyMap<string, SpoolFile>
  readonly leftAtCE: ReadonlyArray<string>
  hold(tracked: Tracked, why: Lifecycle.Hold): void
  release(tracked: Tracked, reason: string): void
  remove(tracked: Tracked, reason: string): void
  claim(tracked: Tracked): void
  lose(tracked: Tracked): void
  route(tracked: Tracked): void
  end(tracked: Tracked, ending: Ending): void
  clear(): void
}

// Whether the JobRouter or the gridmanager must first remove the job elsewhere.
const isElsewhere = (ad: ClassAd.ClassAd): boolean =>
  text(ad, "Managed") === "External" ||
  Gridmanager.isAtCE(ad) && integer(ad, "JobStatus") !== Lifecycle.status.completed

// If the ad does not say that the hold is a copy of one in the batch system, the JobRouter assumes a hold by the owner.
const claim = (scheddState: ScheddState.ScheddState, tracked: Tracked): void => {
  if (!Lifecycle.isOwnHold(tracked.job.ad)) return
  scheddState.later(tracked, delays.look, () => {
    if (Lifecycle.isOwnHold(tracked.job.ad)) scheddState.change(tracked, Lifecycle.unmanaged(tracked.job.ad))
  })
}

// From idle to running: the JobRouter finds the job, then submits it to the pool, where it waits for a slot.
const toPool = (
  { startDelay }: ScheddState.Settings,
  scheddState: ScheddState.ScheddState,
  numbers: Numbers,
  execution: Execution.Execution,
  tracked: Tracked
): void =>
  scheddState.later(tracked, startDelay / 2, () => {
    scheddState.change(tracked, Lifecycle.managed)
    scheddState.later(tracked, startDelay / 2, () => {
      scheddState.change(tracked, Lifecycle.routed(`${++numbers.last}.0`))
      scheddState.quiet(tracked)
      tracked.routed = true
      execution.enlist(tracked)
    })
  })

export const make = (settings: ScheddState.Settings): JobTransitions => {
  const { version } = settings
  const scheddState = ScheddState.make(settings, (tracked) => sweep(tracked))
  const numbers: Numbers = { last: 0 }
  const execution = Execution.make(settings, scheddState, numbers, {
    hold: (tracked, why) => hold(tracked, why),
    finish: (tracked) => finish(tracked)
  })
  const handingOn = HandingOn.make(settings, scheddState, numbers, execution.enlist)

  const sweep = (tracked: Tracked): void => {
    const before = tracked.job.ad
    // A submit host does not have the policies of a CE.
    const system = settings.systemPolicies && !Gridmanager.isGrid(before)
    const verdict = Policy.periodic(before, scheddState.judge, system)
    if (verdict === undefined) {
      if (tracked.routed && !tracked.runs) execution.enlist(tracked)
      if (tracked.job.ad === before) {
        scheddState.watch(tracked, 1000 * Policy.nextChange(before, scheddState.seconds, system))
      }
      return
    }
    switch (verdict._tag) {
      case "Leave":
        return scheddState.depart(tracked)
      case "Hold":
        return hold(tracked, { ...verdict, origin: "policy" })
      case "Release":
        return release(tracked, verdict.reason)
      case "Remove":
        return remove(tracked, verdict.reason)
    }
  }

  const finish = (tracked: Tracked): void => {
    handingOn.leave(tracked)
    scheddState.change(tracked, Lifecycle.finished(tracked.job.ad, scheddState.seconds, version))
    if (Policy.leaves(tracked.job.ad, scheddState.judge)) scheddState.depart(tracked)
  }

  const hold = (tracked: Tracked, why: Lifecycle.Hold): void => {
    scheddState.quiet(tracked)
    handingOn.letGo(tracked)
    scheddState.change(tracked, Lifecycle.held(tracked.job.ad, scheddState.seconds, why, version))
    scheddState.change(tracked, Gridmanager.seen(tracked.job.ad, "HELD", scheddState.seconds))
    execution.stop(tracked)
    handingOn.leave(tracked)
  }
  const lose = (tracked: Tracked): void => {
    scheddState.change(tracked, Gridmanager.forgotten)
    hold(tracked, Gridmanager.disappeared)
  }
  const release = (tracked: Tracked, reason: string): void => {
    const { job } = tracked
    const why = Lifecycle.holdInPool(job.ad)
    scheddState.write(tracked, EventLog.released(job, scheddState.now, reason))
    scheddState.change(tracked, Lifecycle.released(job.ad, scheddState.seconds, reason))
    if (why === undefined) return route(tracked)
    // The routed job in the pool is still held. The JobRouter copies that hold when it looks.
    scheddState.later(tracked, delays.look, () => hold(tracked, why))
  }
  const remove = (tracked: Tracked, reason: string): void => {
    const wasRouted = isElsewhere(tracked.job.ad)
    handingOn.letGo(tracked)
    scheddState.change(tracked, Lifecycle.removed(tracked.job.ad, scheddState.seconds, reason))
    scheddState.quiet(tracked)
    execution.stop(tracked)
    if (wasRouted) scheddState.later(tracked, delays.removal, () => finish(tracked))
    else finish(tracked)
  }

  const route = (tracked: Tracked): void =>
    Gridmanager.isGrid(tracked.job.ad)
      ? handingOn.handOn(tracked)
      : toPool(settings, scheddState, numbers, execution, tracked)

  return {
    get defect() {
      return execution.defect
    },
    scheddState,
    uploads: execution.uploads,
    leftAtCE: handingOn.leftAtCE,
    hold,
    release,
    remove,
    claim: (tracked) => claim(scheddState, tracked),
    lose,
    route,
    end: execution.end,
    clear: () => {
      execution.clear()
      scheddState.clear()
      handingOn.clear()
    }
  }
}
