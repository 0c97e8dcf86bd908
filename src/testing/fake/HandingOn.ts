/**
 * How the gridmanager hands jobs of the grid universe on to another CE.
 *
 * @since 0.1.0
 */
import * as EventLog from "./EventLog.ts"
import type { Numbers } from "./Execution.ts"
import * as Gridmanager from "./Gridmanager.ts"
import { idOf } from "./Job.ts"
import type { ScheddState, Settings, Tracked } from "./ScheddState.ts"

/**
 * - `handOn`: a job goes to its CE
 * - `letGo`: it does not go on. Its copy at the CE, if it is on its way there, is one of `leftAtCE`
 * - `leave`: it gives up its turn
 */
export interface HandingOn {
  readonly leftAtCE: ReadonlyArray<string>
  handOn(tracked: Tracked): void
  letGo(tracked: Tracked): void
  leave(tracked: Tracked): void
  clear(): void
}

/** `enlist` takes a job that waits for a slot. */
export const make = (
  settings: Pick<Settings, "handedOn" | "startDelay">,
  scheddState: ScheddState,
  numbers: Numbers,
  enlist: (tracked: Tracked) => void
): HandingOn => {
  const leftAtCE: Array<string> = []
  const turns = Gridmanager.turns<Tracked>(settings.handedOn)
  // Of those, whose number at the CE is not known yet.
  const underWay = new Set<Tracked>()

  const letGo = (tracked: Tracked): void => {
    if (underWay.delete(tracked)) leftAtCE.push(idOf(tracked.job))
  }

  // From idle to running: a job that was released is at the CE already.
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
