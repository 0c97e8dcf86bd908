/** A queue without events, for tests of the tools without the machine. */
import { ClassAd, Evaluator, Expr, Value } from "../../../src/classad/index.ts"
import { assign, type Job, type Version } from "../../../src/testing/fake/Job.ts"
import type { Queue } from "../../../src/testing/fake/Queue.ts"

export interface Stub extends Queue {
  /** The actions on jobs, in their order: `remove 1.0 pilot reason`. */
  readonly log: Array<string>
}

const integer = (ad: ClassAd.ClassAd, name: string): number => {
  const expr = ClassAd.get(ad, name)
  return expr?._tag === "Literal" && expr.value._tag === "Integer" ? Number(expr.value.value) : 0
}

/** A job. Its `Owner` is the user without the domain. */
export const job = (
  cluster: number,
  proc: number,
  attributes: Readonly<Record<string, Expr.Expr | string | number | boolean>> = {},
  user = "pilot@users.htcondor.org"
): Job => {
  const made: Job = { cluster, proc, user, ad: Expr.ad([]), inputs: new Map(), outputs: new Map() }
  const Owner = user.replace(/@.*$/, "")
  assign(made, { ClusterId: cluster, ProcId: proc, User: user, Owner, JobStatus: 1, ...attributes })
  return made
}

export const queue = (
  version: Version,
  jobs: ReadonlyArray<Job>,
  history: ReadonlyArray<ClassAd.ClassAd> = [],
  schedd = "ce.example.org"
): Stub => {
  const log: Array<string> = []
  const nothing = () => {}
  const act = (what: string, from: number) => (one: Job, by: string, reason?: string) => {
    if (from === 0 && integer(one.ad, "JobStatus") === 3) return "AlreadyDone" as const
    if (what === "release" && integer(one.ad, "JobStatus") !== 5) return "BadStatus" as const
    log.push([what, `${one.cluster}.${one.proc}`, by, ...(reason === undefined ? [] : [reason])].join(" "))
    if (what === "remove") assign(one, { JobStatus: 3 })
    if (what === "release") assign(one, { JobStatus: 1 })
    return "Done" as const
  }
  return {
    version,
    schedd,
    now: 1_700_000_000_000,
    log,
    advance: nothing,
    due: undefined,
    newCluster: () => 1,
    submit: () => ({ began: nothing, done: nothing, failed: nothing }),
    jobs: () => jobs,
    find: (cluster, proc) => jobs.find((one) => one.cluster === cluster && one.proc === proc),
    history: () => history,
    remove: act("remove", 0),
    hold: act("hold", 1),
    release: act("release", 1),
    forceRemoval: (one) => {
      if (integer(one.ad, "JobStatus") !== 3) return "BadStatus"
      log.push(`forceRemoval ${one.cluster}.${one.proc}`)
      return "Done"
    },
    edit: (one, name, expr) => assign(one, { [name]: expr }),
    stageOutBegan: nothing,
    stageOutFinished: nothing,
    truth: (condition, ad) =>
      Value.truth(Evaluator.evaluateWith(condition, { now: 1_700_000_000, random: () => 0.5 }, { my: ad })) === true,
    restart: nothing,
    reinstall: nothing,
    rotateHistory: nothing
  }
}
