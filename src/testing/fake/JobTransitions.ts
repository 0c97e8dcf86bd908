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
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Policy from "./Policy.ts"
import { containerMachineAd, machineAd, machineValue, runsOn } from "./Pool.ts"
import type { Ending } from "./Runner.ts"
import * as Sandbox from "./Sandbox.ts"
import * as ScheddState from "./ScheddState.ts"
import type { Tracked } from "./ScheddState.ts"

/** How the JobRouter and the pool take their time, in milliseconds. */
const delays = { removal: 1_700, finish: 500, again: 1_000, look: 2_000 }

/**
 * - `hold`, `release`, `remove`: for a reason
 * - `claim`: the JobRouter looks at a held job whose ad was edited
 * - `lose`: the CE that a job was handed on to has removed it
 * - `route`: a job whose input has arrived goes its way
 * - `end`: its process has ended
 * - `clear`: no job, no history
 * - `defect`: that of the first payload that threw
 * - `uploads`: the last that jobs have sent to each URL
 * - `leftAtCE`: the jobs whose copy at the CE nobody knows of any more
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

export const make = (settings: ScheddState.Settings): JobTransitions => {
  const { runner, version } = settings
  const scheddState = ScheddState.make(settings, (tracked) => sweep(tracked))
  const machine = settings.containers ? containerMachineAd : machineAd
  const uploads = new Map<string, SpoolFile>()
  const leftAtCE: Array<string> = []
  const waiting = new Set<Tracked>()
  const turns = Gridmanager.turns<Tracked>(settings.handedOn)
  // Of those, whose number at the CE is not known yet.
  const underWay = new Set<Tracked>()
  let routes = 0
  let running = 0
  let defect: JobTransitions["defect"]

  const sweep = (tracked: Tracked): void => {
    const before = tracked.job.ad
    // A submit host has no policies of a CE.
    const system = settings.systemPolicies && !Gridmanager.isGrid(before)
    const verdict = Policy.periodic(before, scheddState.judge, system)
    if (verdict === undefined) {
      if (tracked.routed && !tracked.runs) enlist(tracked)
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
    turns.leave(tracked)
    scheddState.change(tracked, Lifecycle.finished(tracked.job.ad, scheddState.seconds, version))
    if (Policy.leaves(tracked.job.ad, scheddState.judge)) scheddState.depart(tracked)
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
    scheddState.quiet(tracked)
    letGo(tracked)
    scheddState.change(tracked, Lifecycle.held(tracked.job.ad, scheddState.seconds, why, version))
    scheddState.change(tracked, Gridmanager.seen(tracked.job.ad, "HELD", scheddState.seconds))
    stop(tracked)
    turns.leave(tracked)
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
    // Its routed job is held all the time, which the JobRouter copies when it looks.
    scheddState.later(tracked, delays.look, () => hold(tracked, why))
  }
  // It takes a job that the batch system does not hold, as far as it knows, for one that its owner holds.
  const claim = (tracked: Tracked): void => {
    if (!Lifecycle.isOwnHold(tracked.job.ad)) return
    scheddState.later(tracked, delays.look, () => {
      if (Lifecycle.isOwnHold(tracked.job.ad)) scheddState.change(tracked, Lifecycle.unmanaged(tracked.job.ad))
    })
  }
  const remove = (tracked: Tracked, reason: string): void => {
    const completed = integer(tracked.job.ad, "JobStatus") === Lifecycle.status.completed
    const wasRouted = text(tracked.job.ad, "Managed") === "External" ||
      Gridmanager.isAtCE(tracked.job.ad) && !completed
    letGo(tracked)
    scheddState.change(tracked, Lifecycle.removed(tracked.job.ad, scheddState.seconds, reason))
    scheddState.quiet(tracked)
    stop(tracked)
    if (wasRouted) scheddState.later(tracked, delays.removal, () => finish(tracked))
    else finish(tracked)
  }

  // From idle to running: the JobRouter finds the job, then gives it to the pool, where it waits for a slot.
  const route = (tracked: Tracked): void => {
    if (Gridmanager.isGrid(tracked.job.ad)) return handOn(tracked)
    scheddState.later(tracked, settings.startDelay / 2, () => {
      scheddState.change(tracked, Lifecycle.managed)
      scheddState.later(tracked, settings.startDelay / 2, () => {
        scheddState.change(tracked, Lifecycle.routed(`${++routes}.0`))
        scheddState.quiet(tracked)
        tracked.routed = true
        enlist(tracked)
      })
    })
  }
  // The same by way of the gridmanager. A job that was released is at the CE already.
  const handOn = (tracked: Tracked): void => {
    const { job } = tracked
    scheddState.later(tracked, settings.startDelay / 4, () => {
      scheddState.change(tracked, Gridmanager.takenUp)
      if (Gridmanager.isAtCE(job.ad)) return follow(tracked, settings.startDelay * 3 / 4)
      turns.take(tracked, () => {
        underWay.add(tracked)
        scheddState.later(tracked, settings.startDelay / 4, () => {
          underWay.delete(tracked)
          scheddState.change(tracked, Gridmanager.submitted(job.ad, ++routes))
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
  const enlist = (tracked: Tracked): void => {
    if (!runsOn(tracked.job.ad, machine, scheddState.seconds, scheddState.random)) return
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
    scheddState.change(tracked, Lifecycle.started(job.ad, scheddState.seconds, version, received))
    scheddState.change(tracked, Gridmanager.seen(job.ad, "RUNNING", scheddState.seconds))
    const where = text(job.ad, Gridmanager.isGrid(job.ad) ? "GridResource" : "RoutedToJobId")
    scheddState.write(tracked, EventLog.executing(job, scheddState.now, where ?? ""))
    const known = plan.success
    if (known !== undefined) scheddState.later(tracked, known.duration, () => end(tracked, known.ending))
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
    const { missing, outputs, uploaded } = Sandbox.collect(job, ending.leavings)
    for (const [url, file] of uploaded) uploads.set(url, file)
    // 25.x counts what went elsewhere, too.
    const counted = version === "latest" ? [...outputs.values(), ...uploaded.values()] : Array.from(outputs.values())
    const sent = counted.reduce((sum, file) => sum + file.content.length, 0)
    const streams = new Set([text(job.ad, "Out"), text(job.ad, "Err")])
    // Of a directory the list has its own name alone.
    const tops = Array.from(outputs.keys(), (name) => name.replace(/\/.*/s, ""))
    const spooled = missing === undefined
      ? Array.from(new Set(tops)).filter((name) => !streams.has(name))
      : undefined
    const count = Array.from(ending.leavings.files.keys()).filter((name) => !name.endsWith("/")).length
    scheddState.change(tracked, Lifecycle.exited(job.ad, scheddState.seconds, ending.exit, { sent, spooled, count }))
    job.outputs = outputs
    scheddState.write(tracked, "")
    if (missing !== undefined) return hold(tracked, Lifecycle.outputMissing(missing, version, routes))
    if (Gridmanager.isGrid(job.ad)) {
      // Its output is fetched first.
      scheddState.change(tracked, Gridmanager.seen(job.ad, "COMPLETED", scheddState.seconds))
      stop(tracked)
      return scheddState.later(tracked, delays.finish, () => {
        terminate(tracked, ending.exit)
        finish(tracked)
      })
    }
    const verdict = Policy.onExit(job.ad, ++tracked.completions, scheddState.judge)
    if (verdict?._tag === "Hold") return hold(tracked, { ...verdict, origin: "pool" })
    if (verdict?._tag === "Again") {
      scheddState.change(tracked, Lifecycle.again(job.ad, scheddState.seconds))
      stop(tracked)
      tracked.routed = true
      return scheddState.later(tracked, delays.again, () => enlist(tracked))
    }
    terminate(tracked, ending.exit)
    stop(tracked)
    scheddState.later(tracked, delays.finish, () => finish(tracked))
  }

  return {
    get defect() {
      return defect
    },
    scheddState,
    uploads,
    leftAtCE,
    hold,
    release,
    remove,
    claim,
    lose,
    route,
    end,
    clear: () => {
      for (const tracked of scheddState.queue.values()) {
        if (tracked.runs) runner.stop(tracked.job)
      }
      scheddState.clear()
      waiting.clear()
      turns.clear()
      underWay.clear()
      running = 0
    }
  }
}
