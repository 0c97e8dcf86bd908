/**
 * How the gridmanager submits jobs of the grid universe to a CE.
 *
 * @since 0.1.0
 */
import * as EventLog from "./EventLog.ts"
import type { Numbers } from "./Execution.ts"
import * as Gridmanager from "./Gridmanager.ts"
import { idOf } from "./Job.ts"
import type { ScheddState, Settings, Tracked } from "./ScheddState.ts"

/**
 * The gridmanager at work.
 *
 * - `handOn`: submits a job to its CE
 * - `letGo`: stops a submission. If it was under way, the copy at the CE becomes one of `leftAtCE`.
 * - `leave`: makes room for the next job
 */
export interface HandingOn {
  readonly leftAtCE: ReadonlyArray<string>
  handOn(tracked: Tracked): void
  letGo(tracked: Tracked): void
  leave(tracked: Tracked): void
  clear(): void
}

/** A gridmanager. `enlist` puts a job into the line for a slot of the pool. */
export const make = (
  settings: Pick<Settings, "handedOn" | "startDelay">,
  scheddState: ScheddState,
  numbers: Numbers,
  enlist: (tracked: Tracked) => void
): HandingOn => {
  const leftAtCE: Array<string> = []
  const turns = Gridmanager.turns<Tracked>(settings.handedOn)
  // The jobs whose number at the CE is not known yet.
  const underWay = new Set<Tracked>()

  const letGo = (tracked: Tracked): void => {
    if (underWay.delete(tracked)) leftAtCE.push(idOf(tracked.job))
  }

  // From idle to running. A released job may be at the CE already.
  const handOn = (tracked: Tracked): void => {
    const { job } = tracked
    scheddState.later(tracked, settings.startDelay / 4, () => {
      scheddState.change(tracked, Gridmanager.takenUp)
      if (Gridmanager.isAtCE(job.ad)) return follow(tracked, settings.startDelay * 3 / 4)
      turns.take(tracked, () => {
        underWay.add(tracked)
        scheddState.later(tracked, settings.startDelay / 4, () => {
          underWay.delete(tracked)
          scheddState.change(tracked, Gridmanager.submitted(job.ad, ++numbers.last))
          scheddState.write(tracked, EventLog.handedOn(job, scheddState.now))
          follow(tracked, settings.startDelay / 2)
        })
      })
    })
  }
  const follow = (tracked: Tracked, delay: number): void =>
    scheddState.later(tracked, delay, () => {
      scheddState.change(tracked, Gridmanager.seen(tracked.job.ad, "IDLE", scheddState.seconds))
      scheddState.quiet(tracked)
      tracked.routed = true
      enlist(tracked)
    })

  return {
    leftAtCE,
    handOn,
    letGo,
    leave: turns.leave,
    clear: () => {
      turns.clear()
      underWay.clear()
    }
  }
}
