/**
 * Runs jobs in the pool behind a fake CE: starts their processes, and collects the output when they end.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { text } from "./Attributes.ts"
import * as EventLog from "./EventLog.ts"
import * as Gridmanager from "./Gridmanager.ts"
import type { Job, Version } from "./Job.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Policy from "./Policy.ts"
import { machineValue } from "./Pool.ts"
import type { Ending } from "./Runner.ts"
import * as Sandbox from "./Sandbox.ts"
import type { ScheddState, Settings, Tracked } from "./ScheddState.ts"
import * as Slots from "./Slots.ts"

/** The delays of the pool, in milliseconds. */
const delays = { finish: 500, again: 1_000 }

/** The cluster number of the last job in the pool, or at the CE behind a submit host. */
export interface Numbers {
  last: number
}

/**
 * The pool.
 *
 * - `enlist`: puts a job into the line for a slot; `stop`: takes its slot away
 * - `end`: handles the end of a job's process
 * - `defect`: the error of the first payload that threw
 * - `uploads`: the last file that a job sent to each URL
 */
export interface Execution {
  readonly defect: { readonly cause: unknown } | undefined
  readonly uploads: ReadonlyMap<string, SpoolFile>
  enlist(tracked: Tracked): void
  stop(tracked: Tracked): void
  end(tracked: Tracked, ending: Ending): void
  clear(): void
}

// The output of a process, and the counts of it in the job ad.
const accountOf = (job: Job, leavings: Sandbox.Leavings, version: Version) => {
  const { missing, outputs, uploaded } = Sandbox.collect(job, leavings)
  // 25.x counts uploads to URLs, too.
  const counted = version === "latest" ? [...outputs.values(), ...uploaded.values()] : Array.from(outputs.values())
  const sent = counted.reduce((sum, file) => sum + file.content.length, 0)
  const streams = new Set([text(job.ad, "Out"), text(job.ad, "Err")])
  // The list has the name of a directory, but not of the files in it.
  const tops = Array.from(outputs.keys(), (name) => name.replace(/\/.*/s, ""))
  const spooled = missing === undefined
    ? Array.from(new Set(tops)).filter((name) => !streams.has(name))
    : undefined
  const count = Array.from(leavings.files.keys()).filter((name) => !name.endsWith("/")).length
  return { missing, outputs, uploaded, counts: { sent, spooled, count } }
}

/** A pool. `hold` holds a job, and `finish` lets a completed job leave. */
export const make = (
  settings: Settings,
  scheddState: ScheddState,
  numbers: Numbers,
  { finish, hold }: {
    readonly hold: (tracked: Tracked, why: Lifecycle.Hold) => void
    readonly finish: (tracked: Tracked) => void
  }
): Execution => {
  const { runner, version } = settings
  const uploads = new Map<string, SpoolFile>()
  let defect: Execution["defect"]

  // Returns whether the process runs.
  const start = (tracked: Tracked): boolean => {
    const { job } = tracked
    const payload = Sandbox.payloadJob(job, machineValue)
    if ("unknown" in payload) {
      const reason = `Cannot expand $$ expression (${payload.unknown}).`
      hold(tracked, { origin: "pool", reason, code: 0, subcode: 0 })
      return false
    }
    // Before anything changes, because the payload function of a test can throw.
    const plan = runner.start(job, payload)
    if (Result.isFailure(plan)) {
      defect ??= { cause: plan.failure }
      return false
    }
    const received = Array.from(job.inputs.values()).reduce((sum, file) => sum + file.content.length, 0)
    scheddState.change(tracked, Lifecycle.started(job.ad, scheddState.seconds, version, received))
    scheddState.change(tracked, Gridmanager.seen(job.ad, "RUNNING", scheddState.seconds))
    const where = text(job.ad, Gridmanager.isGrid(job.ad) ? "GridResource" : "RoutedToJobId")
    scheddState.write(tracked, EventLog.executing(job, scheddState.now, where ?? ""))
    const known = plan.success
    if (known !== undefined) scheddState.later(tracked, known.duration, () => end(tracked, known.ending))
    return true
  }
  const terminate = (tracked: Tracked, exit: Lifecycle.Exit): void => {
    scheddState.write(tracked, EventLog.terminated(tracked.job, scheddState.now, exit))
    scheddState.change(tracked, Lifecycle.completed(tracked.job.ad, scheddState.seconds))
  }
  const end = (tracked: Tracked, ending: Ending): void => {
    const { job } = tracked
    scheddState.quiet(tracked)
    if (ending._tag === "NotStarted") {
      return hold(tracked, { origin: "pool", reason: ending.reason, code: ending.code, subcode: ending.subcode })
    }
    const { counts, missing, outputs, uploaded } = accountOf(job, ending.leavings, version)
    for (const [url, file] of uploaded) uploads.set(url, file)
    scheddState.change(tracked, Lifecycle.exited(job.ad, scheddState.seconds, ending.exit, ending.used, counts))
    job.outputs = outputs
    scheddState.write(tracked, "")
    if (missing !== undefined) return hold(tracked, Lifecycle.outputMissing(missing, version, numbers.last))
    if (Gridmanager.isGrid(job.ad)) {
      // The gridmanager fetches the output first.
      scheddState.change(tracked, Gridmanager.seen(job.ad, "COMPLETED", scheddState.seconds))
      slots.stop(tracked)
      return scheddState.later(tracked, delays.finish, () => {
        terminate(tracked, ending.exit)
        finish(tracked)
      })
    }
    const verdict = Policy.onExit(job.ad, ++tracked.completions, scheddState.judge)
    if (verdict?._tag === "Hold") return hold(tracked, { ...verdict, origin: "pool" })
    if (verdict?._tag === "Again") {
      scheddState.change(tracked, Lifecycle.again(job.ad, scheddState.seconds))
      slots.stop(tracked)
      tracked.routed = true
      return scheddState.later(tracked, delays.again, () => slots.enlist(tracked))
    }
    terminate(tracked, ending.exit)
    slots.stop(tracked)
    scheddState.later(tracked, delays.finish, () => finish(tracked))
  }

  const slots = Slots.make(settings, scheddState, start)

  return {
    get defect() {
      return defect
    },
    uploads,
    enlist: slots.enlist,
    stop: slots.stop,
    end,
    clear: slots.clear
  }
}
