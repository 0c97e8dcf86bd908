/**
 * The state of a fake schedd: its jobs, its history, and its time.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as Evaluator from "../../classad/Evaluator.ts"
import type * as Expr from "../../classad/Expr.ts"
import * as Values from "../../classad/Value.ts"
import { integer, text } from "./Attributes.ts"
import { type Entry, EventQueue } from "./EventQueue.ts"
import { assign, idOf, type Job, type Version } from "./Job.ts"
import type * as Lifecycle from "./Lifecycle.ts"
import type * as Policy from "./Policy.ts"
import type { Runner } from "./Runner.ts"
import * as Sandbox from "./Sandbox.ts"

/** Times in milliseconds; see `FakeSchedd.Options`. */
export interface Settings {
  readonly version: Version
  readonly endpoint: string
  readonly schedd: string
  readonly now: number
  readonly slots: number
  readonly handedOn: number
  readonly spoolDelay: number
  readonly startDelay: number
  readonly sweepInterval: number
  readonly systemPolicies: boolean
  readonly containers: boolean
  readonly runner: Runner
}

/** A job in the queue. */
export interface Tracked {
  readonly job: Job
  /** The event log so far. */
  log: string
  /** The next event of the job, without a request of a user. */
  next: Entry | undefined
  /** The next evaluation of its conditions. */
  check: Entry | undefined
  /** Whether the job is in the pool, waiting or running. */
  routed: boolean
  runs: boolean
  /** How often its process has ended. The pool counts this, and does not report it to the CE. */
  completions: number
}

/** The `JobStatus` of a job. */
export const stateOf = ({ job }: Tracked): number | undefined => integer(job.ad, "JobStatus")

const utf8 = new TextEncoder()

/**
 * The state.
 *
 * - `queue`: the jobs by `cluster.proc`; `clusters`: the same jobs by cluster and proc
 * - `track`: puts a job into the queue; `depart`: moves it to the history
 * - `change`: sets attributes, and schedules an evaluation of the job's conditions
 * - `watch`: schedules an evaluation of the conditions in the first sweep at or after `from`
 * - `later`: replaces the next event of a job; `quiet`: cancels it
 * - `write`: appends an event to the job's log
 */
export interface ScheddState {
  readonly queue: ReadonlyMap<string, Tracked>
  readonly clusters: ReadonlyMap<number, ReadonlyMap<number, Tracked>>
  readonly judge: Policy.Judge
  readonly random: () => number
  readonly now: number
  readonly seconds: number
  readonly due: number | undefined
  advance(time: number): void
  history(): ReadonlyArray<ClassAd.ClassAd>
  forget(): void
  clear(): void
  track(job: Job): Tracked
  current(job: Job): Tracked | undefined
  depart(tracked: Tracked): void
  change(tracked: Tracked, changes: Lifecycle.Changes): void
  watch(tracked: Tracked, from: number): void
  later(tracked: Tracked, delay: number, act: () => void): void
  quiet(tracked: Tracked): void
  write(tracked: Tracked, event: string): void
}

// Random numbers that are the same in each run.
const generator = () => {
  let seed = 0
  return (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    return seed / 0x80000000
  }
}

const judgeBy = (evaluate: (expr: Expr.Expr, ad: ClassAd.ClassAd) => Values.Value): Policy.Judge => ({
  truth: (condition, ad) => Values.truth(evaluate(condition, ad)) === true,
  textOf: (expr, ad) => {
    const value = evaluate(expr, ad)
    return value._tag === "String" ? value.value : undefined
  },
  numberOf: (expr, ad) => {
    const value = evaluate(expr, ad)
    return value._tag === "Integer" ? Number(value.value) : undefined
  }
})

const arrived = (job: Job): Tracked => ({
  job,
  log: "",
  next: undefined,
  check: undefined,
  routed: false,
  runs: false,
  completions: 0
})

/** The jobs of a queue by `cluster.proc`, and by cluster and proc. */
interface Jobs {
  readonly queue: Map<string, Tracked>
  readonly clusters: Map<number, Map<number, Tracked>>
}

const enter = ({ clusters, queue }: Jobs, tracked: Tracked): void => {
  const { job } = tracked
  queue.set(idOf(job), tracked)
  const cluster = clusters.get(job.cluster) ?? new Map<number, Tracked>()
  clusters.set(job.cluster, cluster.set(job.proc, tracked))
}

const leave = ({ clusters, queue }: Jobs, { job }: Tracked): void => {
  queue.delete(idOf(job))
  const cluster = clusters.get(job.cluster)
  cluster?.delete(job.proc)
  if (cluster?.size === 0) clusters.delete(job.cluster)
}

/** An empty queue. `sweep` evaluates the conditions of a job. */
export const make = (settings: Settings, sweep: (tracked: Tracked) => void): ScheddState => {
  const events = new EventQueue()
  const jobs = { queue: new Map<string, Tracked>(), clusters: new Map<number, Map<number, Tracked>>() }
  const { clusters, queue } = jobs
  let past: Array<ClassAd.ClassAd> = []
  let now = settings.now

  const random = generator()
  const seconds = (): number => Math.floor(now / 1000)
  // Two sweeps are at least one millisecond apart.
  const interval = Math.max(1, settings.sweepInterval)
  const judge = judgeBy((expr, my) => Evaluator.evaluateWith(expr, { now: seconds(), random }, { my }))

  // Evaluates the job's conditions in the first sweep in which they may have become true.
  const watch = (tracked: Tracked, from: number): void => {
    if (tracked.check !== undefined) tracked.check.cancelled = true
    const due = Math.max(from, now + 1)
    if (!Number.isFinite(due)) return
    const sweeps = Math.ceil((due - settings.now) / interval)
    tracked.check = events.add(settings.now + sweeps * interval, () => sweep(tracked))
  }
  const quiet = (tracked: Tracked): void => {
    if (tracked.next !== undefined) tracked.next.cancelled = true
    tracked.next = undefined
  }

  return {
    queue,
    clusters,
    judge,
    random,
    get now() {
      return now
    },
    get seconds() {
      return seconds()
    },
    get due() {
      return events.next
    },
    advance: (time) => {
      for (let entry = events.take(time); entry !== undefined; entry = events.take(time)) {
        now = Math.max(now, entry.at)
        entry.act()
      }
      now = Math.max(now, time)
    },
    history: () => past.toReversed(),
    forget: () => {
      past = []
    },
    clear: () => {
      queue.clear()
      clusters.clear()
      events.clear()
      past = []
    },
    track: (job) => {
      const tracked = arrived(job)
      enter(jobs, tracked)
      return tracked
    },
    current: (job) => {
      const tracked = queue.get(idOf(job))
      return tracked?.job === job ? tracked : undefined
    },
    depart: (tracked) => {
      quiet(tracked)
      if (tracked.check !== undefined) tracked.check.cancelled = true
      leave(jobs, tracked)
      past.push(tracked.job.ad)
    },
    change: (tracked, changes) => {
      assign(tracked.job, changes)
      watch(tracked, now)
    },
    watch,
    later: (tracked, delay, act) => {
      quiet(tracked)
      tracked.next = events.add(now + delay, act)
    },
    quiet,
    write: (tracked, event) => {
      const { job } = tracked
      const name = text(job.ad, "UserLog")
      tracked.log += event
      if (name !== undefined) {
        job.outputs = new Map(job.outputs).set(name, Sandbox.plainFile(utf8.encode(tracked.log)))
      }
    }
  }
}
