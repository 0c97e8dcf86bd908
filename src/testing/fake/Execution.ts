/**
 * How jobs run in the pool behind a fake CE: what they begin with, and what is left when their processes end.
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

/** How the pool takes its time, in milliseconds. */
const delays = { finish: 500, again: 1_000 }

/** The number of the last job that was routed. */
export interface Numbers {
  last: number
}

/**
 * - `enlist`: a job waits for a slot; `stop`: it has none any more
 * - `end`: its process has ended
 * - `defect`: that of the first payload that threw
 * - `uploads`: the last that jobs have sent to each URL
 */
export interface Execution {
  readonly defect: { readonly cause: unknown } | undefined
  readonly uploads: ReadonlyMap<string, SpoolFile>
  enlist(tracked: Tracked): void
  stop(tracked: Tracked): void
  end(tracked: Tracked, ending: Ending): void
  clear(): void
}

// What comes back of what a process has left, and how its ad counts that.
const accountOf = (job: Job, leavings: Sandbox.Leavings, version: Version) => {
  const { missing, outputs, uploaded } = Sandbox.collect(job, leavings)
  // 25.x counts what went elsewhere, too.
  const counted = version === "latest" ? [...outputs.values(), ...uploaded.values()] : Array.from(outputs.values())
  const sent = counted.reduce((sum, file) => sum + file.content.length, 0)
  const streams = new Set([text(job.ad, "Out"), text(job.ad, "Err")])
  // Of a directory the list has its own name alone.
  const tops = Array.from(outputs.keys(), (name) => name.replace(/\/.*/s, ""))
  const spooled = missing === undefined
    ? Array.from(new Set(tops)).filter((name) => !streams.has(name))
    : undefined
  const count = Array.from(leavings.files.keys()).filter((name) => !name.endsWith("/")).length
  return { missing, outputs, uploaded, counts: { sent, spooled, count } }
}

/** `hold` holds a job for a reason, `finish` lets one that has completed leave. */
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

  // Whether its process runs.
  const start = (tracked: Tracked): boolean => {
    const { job } = tracked
    const payload = Sandbox.payloadJob(job, machineValue)
    if ("unknown" in payload) {
      const reason = `Cannot expand $$ expression (${payload.unknown}).`
      hold(tracked, { origin: "pool", reason, code: 0, subcode: 0 })
      return false
    }
    // Before anything changes: a payload of the test's author can have a defect.
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
      // Its output is fetched first.
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
