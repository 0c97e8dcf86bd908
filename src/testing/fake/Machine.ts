/**
 * The job queue that a fake schedd runs on: discrete events, without effects.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import * as Expr from "../../classad/Expr.ts"
import * as Values from "../../classad/Value.ts"
import { Agenda, type Entry } from "./Agenda.ts"
import { integer, text } from "./Attributes.ts"
import * as EventLog from "./EventLog.ts"
import { assign, idOf, type Job, type Version } from "./Job.ts"
import * as Lifecycle from "./Lifecycle.ts"
import type { SpoolFile } from "./Payload.ts"
import * as Policy from "./Policy.ts"
import { machineAd, machineValue, runsOn } from "./Pool.ts"
import type { ActionResult, Queue } from "./Queue.ts"
import type { Ending, Runner } from "./Runner.ts"
import * as Sandbox from "./Sandbox.ts"

/** Times in milliseconds; see `FakeSchedd.Options`. */
export interface Settings {
  readonly version: Version
  readonly endpoint: string
  readonly schedd: string
  readonly now: number
  readonly slots: number
  readonly spoolDelay: number
  readonly startDelay: number
  readonly sweepInterval: number
  readonly systemPolicies: boolean
  readonly runner: Runner
}

/** The queue, and where a process that the machine does not play itself reports its end. */
export interface Machine extends Queue {
  ended(job: Job, ending: Ending): void
}

/** How long a client's break is thought over, how long input is waited for, and how the JobRouter takes its time. */
const delays = { stagingFailed: 1_500, stagingTakesTooLong: 12 * 3_600_000, removal: 1_700, finish: 500 }

/** What the machine knows of a job beside its ad. */
interface Held {
  readonly job: Job
  log: string
  /** What happens to it next by itself. */
  next: Entry | undefined
  /** When its conditions are looked at. */
  check: Entry | undefined
  /** In the pool, waiting or running. */
  routed: boolean
  runs: boolean
}

const utf8 = new TextEncoder()

export const make = (settings: Settings): Machine => {
  const { runner, schedd, version } = settings
  const agenda = new Agenda()
  const queue = new Map<string, Held>()
  const waiting = new Set<Held>()
  let past: Array<ClassAd.ClassAd> = []
  let now = settings.now
  let clusters = 0
  let routes = 0
  let running = 0
  let seed = 0

  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x80000000
  }
  const seconds = (): number => Math.floor(now / 1000)
  const evaluate = (expr: Expr.Expr, my: ClassAd.ClassAd) =>
    Evaluator.evaluateWith(expr, { now: seconds(), random }, { my })
  const truth = (condition: Expr.Expr, ad: ClassAd.ClassAd): boolean => Values.truth(evaluate(condition, ad)) === true
  const judge: Policy.Judge = {
    truth,
    textOf: (expr, ad) => {
      const value = evaluate(expr, ad)
      return value._tag === "String" ? value.value : undefined
    },
    numberOf: (expr, ad) => {
      const value = evaluate(expr, ad)
      return value._tag === "Integer" ? Number(value.value) : undefined
    }
  }

  const stateOf = ({ job }: Held): number | undefined => integer(job.ad, "JobStatus")

  const later = (held: Held, delay: number, act: () => void): void => {
    if (held.next !== undefined) held.next.cancelled = true
    held.next = agenda.add(now + delay, act)
  }
  const quiet = (held: Held): void => {
    if (held.next !== undefined) held.next.cancelled = true
    held.next = undefined
  }

  const writeLog = (held: Held, event: string): void => {
    const { job } = held
    const name = text(job.ad, "UserLog")
    held.log += event
    if (name !== undefined) {
      job.outputs = new Map(job.outputs).set(name, Sandbox.plainFile(utf8.encode(held.log)))
    }
  }

  // Looks at the job's conditions at the first sweep at which they can have come true.
  const watch = (held: Held, from: number): void => {
    if (held.check !== undefined) held.check.cancelled = true
    const due = Math.max(from, now + 1)
    if (!Number.isFinite(due)) return
    const sweeps = Math.ceil((due - settings.now) / settings.sweepInterval)
    held.check = agenda.add(settings.now + sweeps * settings.sweepInterval, () => sweep(held))
  }
  const change = (held: Held, changes: Lifecycle.Changes): void => {
    assign(held.job, changes)
    watch(held, now)
  }
  const sweep = (held: Held): void => {
    const before = held.job.ad
    const verdict = Policy.periodic(before, judge, settings.systemPolicies)
    if (verdict === undefined) {
      if (held.routed && !held.runs) enlist(held)
      if (held.job.ad === before) watch(held, 1000 * Policy.nextChange(before, seconds(), settings.systemPolicies))
      return
    }
    switch (verdict._tag) {
      case "Leave":
        return depart(held)
      case "Hold":
        return hold(held, { ...verdict, origin: "policy" })
      case "Release":
        return release(held, verdict.reason)
      case "Remove":
        return remove(held, verdict.reason)
    }
  }

  // Out of the queue, into the history.
  const depart = (held: Held): void => {
    quiet(held)
    if (held.check !== undefined) held.check.cancelled = true
    queue.delete(idOf(held.job))
    past.push(held.job.ad)
  }
  const finish = (held: Held): void => {
    change(held, Lifecycle.finished(held.job.ad, seconds(), version))
    if (Policy.leaves(held.job.ad, judge)) depart(held)
  }

  const stop = (held: Held): void => {
    waiting.delete(held)
    held.routed = false
    if (!held.runs) return
    held.runs = false
    running -= 1
    runner.stop(held.job)
    dispatch()
  }

  const hold = (held: Held, why: Lifecycle.Hold): void => {
    quiet(held)
    change(held, Lifecycle.held(held.job.ad, seconds(), why))
    stop(held)
  }
  const release = (held: Held, reason: string): void => {
    writeLog(held, EventLog.released(held.job, now, reason))
    change(held, Lifecycle.released(held.job.ad, seconds(), reason))
    route(held)
  }
  const remove = (held: Held, reason: string): void => {
    const wasRouted = text(held.job.ad, "Managed") === "External"
    change(held, Lifecycle.removed(held.job.ad, seconds(), reason))
    quiet(held)
    stop(held)
    if (wasRouted) later(held, delays.removal, () => finish(held))
    else finish(held)
  }

  // From idle to running: the JobRouter finds the job, then gives it to the pool, where it waits for a slot.
  const route = (held: Held): void => {
    later(held, settings.startDelay / 2, () => {
      change(held, Lifecycle.managed)
      later(held, settings.startDelay / 2, () => {
        change(held, Lifecycle.routed(`${++routes}.0`))
        held.next = undefined
        held.routed = true
        enlist(held)
      })
    })
  }
  const enlist = (held: Held): void => {
    if (!runsOn(held.job.ad, machineAd, seconds(), random)) return
    waiting.add(held)
    dispatch()
  }
  const dispatch = (): void => {
    for (const held of waiting) {
      if (running >= settings.slots) return
      start(held)
    }
  }
  const start = (held: Held): void => {
    const { job } = held
    waiting.delete(held)
    const payload = Sandbox.payloadJob(job, machineValue)
    if ("unknown" in payload) {
      const reason = `Cannot expand $$ expression (${payload.unknown}).`
      return hold(held, { origin: "pool", reason, code: 0, subcode: 0 })
    }
    held.runs = true
    running += 1
    const received = Array.from(job.inputs.values()).reduce((sum, file) => sum + file.content.length, 0)
    change(held, Lifecycle.started(job.ad, seconds(), version, received))
    writeLog(held, EventLog.executing(job, now, text(job.ad, "RoutedToJobId") ?? ""))
    begin(held, payload)
  }
  const begin = (held: Held, payload: Parameters<Runner["start"]>[1]): void => {
    const plan = runner.start(held.job, payload)
    if (plan !== undefined) later(held, plan.duration, () => end(held, plan.ending))
  }
  const end = (held: Held, ending: Ending): void => {
    const { job } = held
    quiet(held)
    if (ending._tag === "NotStarted") {
      return hold(held, { origin: "pool", reason: ending.reason, code: ending.code, subcode: ending.subcode })
    }
    const { missing, outputs } = Sandbox.collect(job, ending.leavings)
    const sent = Array.from(outputs.values()).reduce((sum, file) => sum + file.content.length, 0)
    const streams = new Set([text(job.ad, "Out"), text(job.ad, "Err")])
    const spooled = Array.from(outputs.keys()).filter((name) => !streams.has(name))
    const count = ending.leavings.files.size
    change(held, Lifecycle.exited(job.ad, seconds(), ending.exit, { sent, spooled, count }, version))
    job.outputs = outputs
    writeLog(held, "")
    if (missing !== undefined) return hold(held, Lifecycle.outputMissing(missing, version, routes))
    const verdict = Policy.onExit(job.ad, judge)
    if (verdict?._tag === "Hold") return hold(held, { ...verdict, origin: "pool" })
    if (verdict?._tag === "Again") {
      change(held, Lifecycle.again(job.ad, seconds()))
      const payload = Sandbox.payloadJob(job, machineValue)
      return "unknown" in payload ? undefined : begin(held, payload)
    }
    writeLog(held, EventLog.terminated(job, now, ending.exit))
    change(held, Lifecycle.completed(job.ad, seconds()))
    stop(held)
    later(held, delays.finish, () => finish(held))
  }

  const clusterOf = (cluster: number): Array<Held> =>
    Array.from(queue.values()).filter((held) => held.job.cluster === cluster)

  const act = (
    job: Job,
    allowed: (state: number | undefined) => ActionResult,
    apply: (held: Held) => void
  ): ActionResult => {
    const held = queue.get(idOf(job))
    if (held?.job !== job) return "NotFound"
    const result = allowed(stateOf(held))
    if (result === "Removed") apply(held)
    return result
  }

  const clear = (): void => {
    for (const held of queue.values()) {
      if (held.runs) runner.stop(held.job)
    }
    queue.clear()
    waiting.clear()
    agenda.clear()
    running = 0
    clusters = 0
    past = []
  }

  const { completed, held: isHeld, removed } = Lifecycle.status

  return {
    version,
    schedd,
    get now() {
      return now
    },
    get due() {
      return agenda.next
    },
    advance: (time) => {
      for (let entry = agenda.take(time); entry !== undefined; entry = agenda.take(time)) {
        now = Math.max(now, entry.at)
        entry.act()
      }
      now = Math.max(now, time)
    },
    newCluster: () => ++clusters,
    submit: (user, cluster, ads) => {
      for (const [proc, ad] of ads.entries()) {
        const job: Job = { cluster, proc, user, ad, inputs: new Map(), outputs: new Map() }
        const held: Held = { job, log: "", next: undefined, check: undefined, routed: false, runs: false }
        queue.set(idOf(job), held)
        const total = ads.length
        change(held, Lifecycle.arrived({ cluster, proc, total, schedd, user, now: seconds(), version }))
        writeLog(held, EventLog.submitted(job, now, Lifecycle.addressOf(settings.endpoint)))
        later(held, delays.stagingTakesTooLong, () => remove(held, "Spooling is taking too long"))
      }
    },
    stagingBegan: (cluster) => {
      for (const held of clusterOf(cluster)) change(held, { StageInStart: seconds() })
    },
    spooled: (cluster, inputs) => {
      const at = seconds()
      for (const held of clusterOf(cluster)) {
        if (stateOf(held) !== isHeld) continue
        held.job.inputs = inputs[held.job.proc] ?? new Map<string, SpoolFile>()
        later(held, settings.spoolDelay, () => {
          change(held, Lifecycle.spooled(held.job.ad, seconds(), at))
          route(held)
        })
      }
    },
    stagingFailed: (cluster) => {
      for (const held of clusterOf(cluster)) {
        if (stateOf(held) === isHeld) {
          later(held, delays.stagingFailed, () => remove(held, "Staging of job files failed"))
        }
      }
    },
    jobs: () => Array.from(queue.values(), ({ job }) => job),
    find: (cluster, proc) => queue.get(`${cluster}.${proc}`)?.job,
    history: () => past.toReversed(),
    remove: (job, by, reason = "via condor_rm") =>
      act(
        job,
        (state) => state === removed ? "AlreadyDone" : "Removed",
        (held) => remove(held, `${reason} (by user ${by})`)
      ),
    hold: (job, by, reason, { code = 1, subcode = 0 } = {}) =>
      act(
        job,
        (state) =>
          state === isHeld ? "AlreadyDone" : state === removed || state === completed ? "PermissionDenied" : "Removed",
        (held) => hold(held, { origin: "request", reason: `${reason} (by user ${by})`, code, subcode })
      ),
    release: (job, by, reason = "via condor_release") =>
      act(
        job,
        (state) => state === isHeld && integer(job.ad, "HoldReasonCode") !== 16 ? "Removed" : "BadStatus",
        (held) => release(held, `${reason} (by user ${by})`)
      ),
    forceRemoval: (job) =>
      act(
        job,
        (state) => state === removed ? "Removed" : "BadStatus",
        (held) => {
          change(held, { LeaveJobInQueue: false })
          depart(held)
        }
      ),
    edit: (job, name, expr) => {
      const held = queue.get(idOf(job))
      if (held?.job === job) change(held, { [name]: expr })
    },
    stageOutBegan: (job) => {
      const held = queue.get(idOf(job))
      if (held !== undefined && countsTransfers(held)) change(held, { StageOutStart: seconds() })
    },
    stageOutFinished: (job) => {
      const held = queue.get(idOf(job))
      if (held !== undefined && countsTransfers(held)) change(held, { StageOutFinish: seconds() })
    },
    truth,
    restart: () => {
      for (const held of queue.values()) {
        if (stateOf(held) !== isHeld) change(held, Lifecycle.restarted)
      }
    },
    reinstall: clear,
    rotateHistory: () => {
      past = []
    },
    ended: (job, ending) => {
      const held = queue.get(idOf(job))
      if (held?.job === job && held.runs) end(held, ending)
    }
  }

  // 23.x notes every transfer, 25.x those of jobs that are over.
  function countsTransfers(held: Held): boolean {
    const state = stateOf(held)
    return version === "lts" || state === completed || state === removed
  }
}
