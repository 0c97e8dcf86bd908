/** What a compute element does with jobs, as small as it can be said: the reference for random sequences of operations. */
import { Schema } from "effect"

/** What a payload does: it ends with a code or by a signal, goes on for ever, or does not leave what it promised. */
export const Kind = Schema.Literals(["exit 0", "exit 3", "signal 9", "endless", "loses its output"])

export type Kind = typeof Kind.Type

/**
 * - `Fresh`: on its way, and done at some moment that nobody knows
 * - `Live`: waits or runs until somebody ends it
 * - `Released`: it goes on from where it was held, or from the beginning; but a CE removes what has begun to run a second
 *   time or would (`ENABLE_JOB_RETRIES`), also when it has completed
 * - `HeldBySite`, `HeldForOutput`
 * - `Completed`: its output is at the CE
 * - `Retrieved`: its output was fetched
 * - `Dropped`: it had completed, and its output is gone: purged, expired, removed by the site
 * - `Removed`: before it completed
 */
export type Phase =
  | "Fresh"
  | "Live"
  | "Released"
  | "HeldBySite"
  | "HeldForOutput"
  | "Completed"
  | "Retrieved"
  | "Dropped"
  | "Removed"

type Settled = Exclude<Phase, "Fresh" | "Released">

/** A job, and the phases that it may be in after all that was seen. */
export interface Job {
  readonly kind: Kind
  readonly phases: ReadonlyArray<Phase>
}

export type Operation =
  | "status"
  | "list"
  | "fetch"
  | "cancel"
  | "purge"
  | "withdraw"
  | "hold"
  | "release"
  | "remove"
  | "expire"
  | "settle"

/** What an operation may answer for a job in a phase, and the phase that follows. */
type Rule = readonly [answer: string, next: Phase]

/** Where a job goes by itself. */
const end = (kind: Kind): Settled =>
  kind === "endless" ? "Live" : kind === "loses its output" ? "HeldForOutput" : "Completed"

export const submitted = (kind: Kind): Job => ({ kind, phases: [kind === "endless" ? "Live" : "Fresh"] })

const done = (kind: Kind, output: "Kept" | "Gone"): string => `Completed ${kind}, ${output}`

// One line for each operation and phase that a job does not leave by itself.
const rules: Record<Operation, (kind: Kind) => Record<Settled, Rule>> = {
  status: (kind) => ({
    Live: ["Live", "Live"],
    HeldBySite: ["Held 1", "HeldBySite"],
    HeldForOutput: ["Held 12", "HeldForOutput"],
    Completed: [done(kind, "Kept"), "Completed"],
    Retrieved: [done(kind, "Gone"), "Retrieved"],
    Dropped: [done(kind, "Gone"), "Dropped"],
    Removed: ["Removed", "Removed"]
  }),
  // What has left is in no list. While it leaves, it may be.
  list: (kind) => ({
    Live: ["Live", "Live"],
    HeldBySite: ["Held 1", "HeldBySite"],
    HeldForOutput: ["Held 12", "HeldForOutput"],
    Completed: [done(kind, "Kept"), "Completed"],
    Retrieved: ["Gone", "Retrieved"],
    Dropped: ["Gone", "Dropped"],
    Removed: ["Gone", "Removed"]
  }),
  fetch: () => ({
    Live: ["NotFinished", "Live"],
    HeldBySite: ["NotFinished", "HeldBySite"],
    HeldForOutput: ["NotFinished", "HeldForOutput"],
    Completed: ["Retrieved", "Retrieved"],
    Retrieved: ["AlreadyRetrieved", "Retrieved"],
    Dropped: ["OutputMissing", "Dropped"],
    Removed: ["OutputMissing", "Removed"]
  }),
  cancel: () => ({
    Live: ["Cancelled", "Removed"],
    HeldBySite: ["Cancelled", "Removed"],
    HeldForOutput: ["Cancelled", "Removed"],
    Completed: ["AlreadyFinished, Kept", "Completed"],
    Retrieved: ["AlreadyFinished, Gone", "Retrieved"],
    Dropped: ["AlreadyFinished, Gone", "Dropped"],
    Removed: ["Cancelled", "Removed"]
  }),
  purge: () => ({
    Live: ["NotFinished", "Live"],
    HeldBySite: ["NotFinished", "HeldBySite"],
    HeldForOutput: ["NotFinished", "HeldForOutput"],
    Completed: ["Purged", "Dropped"],
    Retrieved: ["Purged", "Retrieved"],
    Dropped: ["Purged", "Dropped"],
    Removed: ["Purged", "Removed"]
  }),
  withdraw: () => ({
    Live: ["Cancelled", "Removed"],
    HeldBySite: ["Cancelled", "Removed"],
    HeldForOutput: ["Cancelled", "Removed"],
    Completed: ["Purged", "Dropped"],
    Retrieved: ["AlreadyGone", "Retrieved"],
    Dropped: ["AlreadyGone", "Dropped"],
    Removed: ["AlreadyGone", "Removed"]
  }),
  hold: () => silent({ Live: "HeldBySite" }),
  release: () => silent({ HeldBySite: "Released", HeldForOutput: "Released" }),
  remove: () => silent({ Live: "Removed", HeldBySite: "Removed", HeldForOutput: "Removed", Completed: "Dropped" }),
  expire: () => silent({ Completed: "Dropped" }),
  settle: () => silent({})
}

const silent = (changes: Partial<Record<Settled, Phase>>): Record<Settled, Rule> => {
  const rule = (phase: Settled): Rule => ["", changes[phase] ?? phase]
  return {
    Live: rule("Live"),
    HeldBySite: rule("HeldBySite"),
    HeldForOutput: rule("HeldForOutput"),
    Completed: rule("Completed"),
    Retrieved: rule("Retrieved"),
    Dropped: rule("Dropped"),
    Removed: rule("Removed")
  }
}

// Where a released job can be: it may have ended once more before it is removed.
const whereReleased = (kind: Kind): ReadonlyArray<Settled> =>
  kind === "endless"
    ? ["Live", "Removed"]
    : kind === "loses its output"
    ? ["Live", "HeldForOutput", "Removed"]
    : ["Live", "Completed", "Dropped", "Removed"]

const final: ReadonlySet<Phase> = new Set(["Retrieved", "Dropped", "Removed"])

// A job that goes somewhere by itself is as it was, or already there.
const rulesFor = (job: Job, operation: Operation, phase: Phase): ReadonlyArray<Rule> => {
  const of = rules[operation](job.kind)
  if (phase === "Released") {
    return whereReleased(job.kind).map((place): Rule => {
      const [answer, next] = of[place]
      return [answer, next === place && !final.has(place) ? phase : next]
    })
  }
  if (phase !== "Fresh") return [of[phase]]
  const after = of[end(job.kind)]
  if (operation === "settle" || operation === "expire") return [after]
  const [answer, next] = of.Live
  return [[answer, next === "Live" ? phase : next], after]
}

/** What the operation may answer for this job; the answers of operations of the site are empty. */
export const answers = (job: Job, operation: Operation): ReadonlyArray<string> =>
  Array.from(new Set(job.phases.flatMap((phase) => rulesFor(job, operation, phase).map(([answer]) => answer))))

/** The job after an operation that gave this answer; undefined if it cannot give it. */
export const after = (job: Job, operation: Operation, answer = ""): Job | undefined => {
  const phases = job.phases.flatMap((phase) =>
    rulesFor(job, operation, phase).flatMap(([possible, next]) => possible === answer ? [next] : [])
  )
  return phases.length === 0 ? undefined : { ...job, phases: Array.from(new Set(phases)) }
}

/** The job after a client died in the middle of the operation: it may have had its effect or not. */
export const afterCrash = (job: Job, operation: Operation): Job => ({
  ...job,
  phases: Array.from(
    new Set([
      ...job.phases,
      ...job.phases.flatMap((phase) => rulesFor(job, operation, phase).map(([, next]) => next))
    ])
  )
})

/** Whether a job is surely in one of these phases. */
export const isSurely = (job: Job, ...phases: ReadonlyArray<Phase>): boolean =>
  job.phases.every((one) => phases.includes(one))
