/**
 * The slots of the pool behind a fake CE, and the jobs that wait for one.
 *
 * @since 0.1.0
 */
import { containerMachineAd, machineAd, runsOn } from "./Pool.ts"
import type { ScheddState, Settings, Tracked } from "./ScheddState.ts"

/** The slots. `enlist`: puts a job into the line for a slot; `stop`: takes its slot away. */
export interface Slots {
  enlist(tracked: Tracked): void
  stop(tracked: Tracked): void
  clear(): void
}

/** Free slots. `start` starts the process of a job, and returns whether it runs. */
export const make = (
  { containers, runner, slots }: Pick<Settings, "containers" | "runner" | "slots">,
  scheddState: ScheddState,
  start: (tracked: Tracked) => boolean
): Slots => {
  const machine = containers ? containerMachineAd : machineAd
  const waiting = new Set<Tracked>()
  let running = 0

  const dispatch = (): void => {
    for (const tracked of waiting) {
      if (running >= slots) return
      waiting.delete(tracked)
      if (!start(tracked)) continue
      tracked.runs = true
      running += 1
    }
  }

  return {
    enlist: (tracked) => {
      if (!runsOn(tracked.job.ad, machine, scheddState.seconds, scheddState.random)) return
      waiting.add(tracked)
      dispatch()
    },
    stop: (tracked) => {
      waiting.delete(tracked)
      tracked.routed = false
      if (!tracked.runs) return
      tracked.runs = false
      running -= 1
      runner.stop(tracked.job)
      dispatch()
    },
    clear: () => {
      for (const tracked of scheddState.queue.values()) {
        if (tracked.runs) runner.stop(tracked.job)
      }
      waiting.clear()
      running = 0
    }
  }
}
