/**
 * What becomes of a job, by itself or because somebody says so.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import { integer, text } from "./Attributes.ts"
import * as EventLog from "./EventLog.ts"
import * as Gridmanager from "./Gridmanager.ts"
import { idOf } from "./Job.ts"
import * as Ledger from "./Ledger.ts"
import type { Tracked } from "./Ledger.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Policy from "./Policy.ts"
import { containerMachineAd, machineAd, machineValue, runsOn } from "./Pool.ts"
import type { Ending } from "./Runner.ts"
import * as Sandbox from "./Sandbox.ts"

/** How the JobRouter and the pool take their time, in milliseconds. */
const delays = { removal: 1_700, finish: 500, again: 1_000 }

/**
 * - `hold`, `release`, `remove`: for a reason
 * - `lose`: the CE that a job was handed on to has removed it
 * - `route`: a job whose input has arrived goes its way
 * - `end`: its process has ended
 * - `clear`: no job, no history
 * - `defect`: that of the first payload that threw
 * - `uploads`: the last that jobs have sent to each URL
 * - `leftAtCE`: the jobs whose copy at the CE nobody knows of any more
 */
export interface Course {
  readonly ledger: Ledger.Ledger
  readonly defect: { readonly cause: unknown } | undefined
  readonly uploads: ReadonlyMap<string, SpoolFile>
  readonly leftAtCE: ReadonlyArray<string>
  hold(tracked: Tracked, why: Lifecycle.Hold): void
  release(tracked: Tracked, reason: string): void
  remove(tracked: Tracked, reason: string): void
  lose(tracked: Tracked): void
  route(tracked: Tracked): void
  end(tracked: Tracked, ending: Ending): void
  clear(): void
}

export const make = (settings: Ledger.Settings): Course => {
  const { runner, version } = settings
  const ledger = Ledger.make(settings, (tracked) => sweep(tracked))
  const machine = settings.containers ? containerMachineAd : machineAd
  const uploads = new Map<string, SpoolFile>()
  const leftAtCE: Array<string> = []
  const waiting = new Set<Tracked>()
  const turns = Gridmanager.turns<Tracked>(settings.handedOn)
  // Of those, whose number at the CE is not known yet.
  const underWay = new Set<Tracked>()
  let routes = 0
  let running = 0
  let defect: Course["defect"]

  const sweep = (tracked: Tracked): void => {
    const before = tracked.job.ad
    // A submit host has no policies of a CE.
    const system = settings.systemPolicies && !Gridmanager.isGrid(before)
    const verdict = Policy.periodic(before, ledger.judge, system)
    if (verdict === undefined) {
      if (tracked.routed && !tracked.runs) enlist(tracked)
      if (tracked.job.ad === before) {
        ledger.watch(tracked, 1000 * Policy.nextChange(before, ledger.seconds, system))
      }
      return
    }
    switch (verdict._tag) {
      case "Leave":
        return ledger.depart(tracked)
      case "Hold":
        return hold(tracked, { ...verdict, origin: "policy" })
      case "Release":
        return release(tracked, verdict.reason)
      case "Remove":
        return remove(tracked, verdict.reason)
    }
  }

  const finish = (tracked: Tracked): void => {
    turns.leave(tracked)
    ledger.change(tracked, Lifecycle.finished(tracked.job.ad, ledger.seconds, version))
    if (Policy.leaves(tracked.job.ad, ledger.judge)) ledger.depart(tracked)
  }

  const stop = (tracked: Tracked): void => {
    waiting.delete(tracked)
    tracked.routed = false
    if (!tracked.runs) return
    tracked.runs = false
    running -= 1
    runner.stop(tracked.job)
    dispatch()
  }

  const letGo = (tracked: Tracked): void => {
    if (underWay.delete(tracked)) leftAtCE.push(idOf(tracked.job))
  }

  const hold = (tracked: Tracked, why: Lifecycle.Hold): void => {
    ledger.quiet(tracked)
    letGo(tracked)
    ledger.change(tracked, Lifecycle.held(tracked.job.ad, ledger.seconds, why, version))
    ledger.change(tracked, Gridmanager.seen(tracked.job.ad, "HELD", ledger.seconds))
    stop(tracked)
    turns.leave(tracked)
  }
  const lose = (tracked: Tracked): void => {
    ledger.change(tracked, Gridmanager.forgotten)
    hold(tracked, Gridmanager.disappeared)
  }
  const release = (tracked: Tracked, reason: string): void => {
    ledger.write(tracked, EventLog.released(tracked.job, ledger.now, reason))
    ledger.change(tracked, Lifecycle.released(tracked.job.ad, ledger.seconds, reason))
    route(tracked)
  }
  const remove = (tracked: Tracked, reason: string): void => {
    const completed = integer(tracked.job.ad, "JobStatus") === Lifecycle.status.completed
    const wasRouted = text(tracked.job.ad, "Managed") === "External" ||
      Gridmanager.isAtCE(tracked.job.ad) && !completed
    letGo(tracked)
    ledger.change(tracked, Lifecycle.removed(tracked.job.ad, ledger.seconds, reason))
    ledger.quiet(tracked)
    stop(tracked)
    if (wasRouted) ledger.later(tracked, delays.removal, () => finish(tracked))
    else finish(tracked)
  }

  // From idle to running: the JobRouter finds the job, then gives it to the pool, where it waits for a slot.
  const route = (tracked: Tracked): void => {
    if (Gridmanager.isGrid(tracked.job.ad)) return handOn(tracked)
    ledger.later(tracked, settings.startDelay / 2, () => {
      ledger.change(tracked, Lifecycle.managed)
      ledger.later(tracked, settings.startDelay / 2, () => {
        ledger.change(tracked, Lifecycle.routed(`${++routes}.0`))
        ledger.quiet(tracked)
        tracked.routed = true
        enlist(tracked)
      })
    })
  }
  // The same by way of the gridmanager. A job that was released is at the CE already.
  const handOn = (tracked: Tracked): void => {
    const { job } = tracked
    ledger.later(tracked, settings.startDelay / 4, () => {
      ledger.change(tracked, Gridmanager.takenUp)
      if (Gridmanager.isAtCE(job.ad)) return follow(tracked, settings.startDelay * 3 / 4)
      turns.take(tracked, () => {
        underWay.add(tracked)
        ledger.later(tracked, settings.startDelay / 4, () => {
          underWay.delete(tracked)
          ledger.change(tracked, Gridmanager.submitted(job.ad, ++routes))
          ledger.write(tracked, EventLog.handedOn(job, ledger.now))
          follow(tracked, settings.startDelay / 2)
        })
      })
    })
  }
  const follow = (tracked: Tracked, delay: number): void =>
    ledger.later(tracked, delay, () => {
      ledger.change(tracked, Gridmanager.seen(tracked.job.ad, "IDLE", ledger.seconds))
      ledger.quiet(tracked)
      tracked.routed = true
      enlist(tracked)
    })
  const enlist = (tracked: Tracked): void => {
    if (!runsOn(tracked.job.ad, machine, ledger.seconds, ledger.random)) return
    waiting.add(tracked)
    dispatch()
  }
  const dispatch = (): void => {
    for (const tracked of waiting) {
      if (running >= settings.slots) return
      start(tracked)
    }
  }
  const start = (tracked: Tracked): void => {
    const { job } = tracked
    waiting.delete(tracked)
    const payload = Sandbox.payloadJob(job, machineValue)
    if ("unknown" in payload) {
      const reason = `Cannot expand $$ expression (${payload.unknown}).`
      return hold(tracked, { origin: "pool", reason, code: 0, subcode: 0 })
    }
    // Before anything changes: a payload of the test's author can have a defect.
    const plan = runner.start(job, payload)
    if (Result.isFailure(plan)) {
      defect ??= { cause: plan.failure }
      return
    }
    tracked.runs = true
    running += 1
    const received = Array.from(job.inputs.values()).reduce((sum, file) => sum + file.content.length, 0)
    ledger.change(tracked, Lifecycle.started(job.ad, ledger.seconds, version, received))
    ledger.change(tracked, Gridmanager.seen(job.ad, "RUNNING", ledger.seconds))
    const where = text(job.ad, Gridmanager.isGrid(job.ad) ? "GridResource" : "RoutedToJobId")
    ledger.write(tracked, EventLog.executing(job, ledger.now, where ?? ""))
    const known = plan.success
    if (known !== undefined) ledger.later(tracked, known.duration, () => end(tracked, known.ending))
  }
  const terminate = (tracked: Tracked, exit: Lifecycle.Exit): void => {
    ledger.write(tracked, EventLog.terminated(tracked.job, ledger.now, exit))
    ledger.change(tracked, Lifecycle.completed(tracked.job.ad, ledger.seconds))
  }
  const end = (tracked: Tracked, ending: Ending): void => {
    const { job } = tracked
    ledger.quiet(tracked)
    if (ending._tag === "NotStarted") {
      return hold(tracked, { origin: "pool", reason: ending.reason, code: ending.code, subcode: ending.subcode })
    }
    const { missing, outputs, uploaded } = Sandbox.collect(job, ending.leavings)
    for (const [url, file] of uploaded) uploads.set(url, file)
    // 25.x counts what went elsewhere, too.
    const counted = version === "latest" ? [...outputs.values(), ...uploaded.values()] : Array.from(outputs.values())
    const sent = counted.reduce((sum, file) => sum + file.content.length, 0)
    const streams = new Set([text(job.ad, "Out"), text(job.ad, "Err")])
    const spooled = Array.from(outputs.keys()).filter((name) => !streams.has(name))
    const count = ending.leavings.files.size
    ledger.change(tracked, Lifecycle.exited(job.ad, ledger.seconds, ending.exit, { sent, spooled, count }))
    job.outputs = outputs
    ledger.write(tracked, "")
    if (missing !== undefined) return hold(tracked, Lifecycle.outputMissing(missing, version, routes))
    if (Gridmanager.isGrid(job.ad)) {
      // Its output is fetched first.
      ledger.change(tracked, Gridmanager.seen(job.ad, "COMPLETED", ledger.seconds))
      stop(tracked)
      return ledger.later(tracked, delays.finish, () => {
        terminate(tracked, ending.exit)
        finish(tracked)
      })
    }
    const verdict = Policy.onExit(job.ad, ++tracked.completions, ledger.judge)
    if (verdict?._tag === "Hold") return hold(tracked, { ...verdict, origin: "pool" })
    if (verdict?._tag === "Again") {
      ledger.change(tracked, Lifecycle.again(job.ad, ledger.seconds))
      stop(tracked)
      tracked.routed = true
      return ledger.later(tracked, delays.again, () => enlist(tracked))
    }
    terminate(tracked, ending.exit)
    stop(tracked)
    ledger.later(tracked, delays.finish, () => finish(tracked))
  }

  return {
    get defect() {
      return defect
    },
    ledger,
    uploads,
    leftAtCE,
    hold,
    release,
    remove,
    lose,
    route,
    end,
    clear: () => {
      for (const tracked of ledger.queue.values()) {
        if (tracked.runs) runner.stop(tracked.job)
      }
      ledger.clear()
      waiting.clear()
      turns.clear()
      underWay.clear()
      running = 0
    }
  }
}
