/** A small model of a compute element and its jobs: the reference for random sequences of operations. */
import { Schema } from "effect"

/** The kinds of payloads: they end with a code, end by a signal, never end, or do not leave a requested output. */
export const Kind = Schema.Literals(["exit 0", "exit 3", "signal 9", "endless", "loses its output"])

export type Kind = typeof Kind.Type

/**
 * The phases of a job.
 *
 * - `Fresh`: in progress, until it ends at an unknown moment
 * - `Live`: waits or runs until it is removed or held
 * - `Released`: continues from the state in which it was held, or starts again. But a CE removes a job that has started a second
 *   time, or would (`ENABLE_JOB_RETRIES`), even if it has completed.
 * - `HeldBySite`: the site holds it; `HeldForOutput`: it is held because a requested output is missing
 * - `Completed`: the output is at the CE
 * - `Retrieved`: the output was fetched
 * - `Dropped`: it completed, and its output is gone: purged, expired, or removed by the site
 * - `Removed`: it was removed before it completed
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

/** A job, and the phases that are possible after all observations. */
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

/** The answer of an operation for a job in a phase, and the next phase. */
type Rule = readonly [answer: string, next: Phase]

/** The phase that a job reaches without any operation. */
const end = (kind: Kind): Settled =>
  kind === "endless" ? "Live" : kind === "loses its output" ? "HeldForOutput" : "Completed"

export const submitted = (kind: Kind): Job => ({ kind, phases: [kind === "endless" ? "Live" : "Fresh"] })

const done = (kind: Kind, output: "Kept" | "Gone"): string => `Completed ${kind}, ${output}`

// One line for each operation, and for each phase that a job leaves only by an operation.
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
  // A job that has left is in no list. While it leaves, it may be in a list.
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

// The possible phases of a released job: it may have ended a second time before it is removed.
const whereReleased = (kind: Kind): ReadonlyArray<Settled> =>
  kind === "endless"
    ? ["Live", "Removed"]
    : kind === "loses its output"
    ? ["Live", "HeldForOutput", "Removed"]
    : ["Live", "Completed", "Dropped", "Removed"]

const final: ReadonlySet<Phase> = new Set(["Retrieved", "Dropped", "Removed"])

// A job in progress is still in its phase, or has already reached the next one.
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

/** The possible answers of the operation for this job. The answers of operations of the site are empty. */
export const answers = (job: Job, operation: Operation): ReadonlyArray<string> =>
  Array.from(new Set(job.phases.flatMap((phase) => rulesFor(job, operation, phase).map(([answer]) => answer))))

/** The job after an operation with this answer; undefined if the answer is not possible. */
export const after = (job: Job, operation: Operation, answer = ""): Job | undefined => {
  const phases = job.phases.flatMap((phase) =>
    rulesFor(job, operation, phase).flatMap(([possible, next]) => possible === answer ? [next] : [])
  )
  return phases.length === 0 ? undefined : { ...job, phases: Array.from(new Set(phases)) }
}

/** The job after a client died during the operation, with or without the operation's effect. */
export const afterCrash = (job: Job, operation: Operation): Job => ({
  ...job,
  phases: Array.from(
    new Set([
      ...job.phases,
      ...job.phases.flatMap((phase) => rulesFor(job, operation, phase).map(([, next]) => next))
    ])
  )
})

/** Whether a job is certainly in one of these phases. */
export const isSurely = (job: Job, ...phases: ReadonlyArray<Phase>): boolean =>
  job.phases.every((one) => phases.includes(one))
