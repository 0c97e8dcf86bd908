/**
 * Compares the answers of operations without handles with the model, and advances the model. Each function returns a line for each
 * job.
 */
import { Effect } from "effect"
import type { Capability, SubmissionKey } from "../../src/index.ts"
import type { Command } from "./Commands.ts"
import * as Model from "./Model.ts"
import { differ, statusLabel, type Tracked } from "./Seen.ts"

/** The filter of a list. */
export const filterOf = (
  of: Extract<Command, { readonly _tag: "List" }>["of"],
  key: SubmissionKey.SubmissionKey
): Capability.ListFilter => {
  switch (of) {
    case "all":
      return {}
    case "key":
      return { keyPrefix: key }
    case "held":
      return { status: ["Held"] }
    case "completed":
      return { status: ["Completed"] }
  }
}

// A job that is leaving may still be in the queue.
const isGone = (label: string): boolean => label === "Removed" || label.endsWith("Gone")

const different = (step: string, one: Tracked, operation: Model.Operation, job: Model.Job, answer: string) =>
  differ(
    `${step} of ${one.handle.job} (${one.job.kind}, ${one.job.phases.join(" or ")})`,
    Model.answers(job, operation).join(" or "),
    answer
  )

/** A list has each matching job once, and no other job of these keys except those that are leaving. */
export const compareList = Effect.fnUntraced(function*(
  step: string,
  { keyPrefix = "", status }: Capability.ListFilter,
  jobs: ReadonlyArray<Capability.ListedJob>,
  { copiesOf, keys, tracked }: {
    readonly tracked: ReadonlyArray<Tracked>
    readonly keys: ReadonlyArray<SubmissionKey.SubmissionKey>
    readonly copiesOf: (key: SubmissionKey.SubmissionKey) => number | undefined
  }
) {
  const fits = (label: string) => status === undefined || status.some((tag) => label.startsWith(tag))
  const listed = new Map<string, string>()
  for (const job of jobs) {
    if (job._tag !== "Listed") return yield* differ(step, "jobs that can be read", JSON.stringify(job))
    const { copies, handle } = job
    if (!keys.includes(handle.key)) continue
    const [name, label] = [String(handle), statusLabel(job.status)]
    const isOurs = tracked.some((one) => String(one.handle) === name)
    if (listed.has(name) || !handle.key.startsWith(keyPrefix) || !fits(label) || !isOurs && !isGone(label)) {
      return yield* differ(step, "no such job, or once", `${name} ${label}`)
    }
    if (isOurs && copies !== copiesOf(handle.key)) {
      return yield* differ(`${step} of ${name}`, `${copiesOf(handle.key)} copies`, String(copies))
    }
    listed.set(name, label)
  }
  const told: Array<string> = []
  for (const one of tracked.filter(({ handle }) => handle.key.startsWith(keyPrefix))) {
    const label = listed.get(String(one.handle))
    const possible = label === undefined
      ? Model.answers(one.job, "list").filter((answer) => answer === "Gone" || !fits(answer))
      : [isGone(label) ? "Gone" : label]
    const phases = possible.flatMap((answer) => Model.after(one.job, "list", answer)?.phases ?? [])
    if (phases.length === 0) return yield* different(step, one, "list", one.job, label ?? "nothing")
    one.job = { ...one.job, phases: Array.from(new Set(phases)) }
    told.push(`${step}: ${one.handle.copy} ${label ?? "nothing"}`)
  }
  return told
})

/** A withdrawal names each job in the queue once, and leaves none. */
export const compareWithdrawal = Effect.fnUntraced(function*(
  step: string,
  { complete, jobs }: Capability.Withdrawal,
  own: ReadonlyArray<Tracked>,
  crashed: boolean
) {
  const named = jobs.map(({ job }) => job)
  if (!complete || new Set(named).size < named.length) {
    return yield* differ(step, "all jobs, each once", JSON.stringify({ complete, jobs }))
  }
  const others = jobs.filter(({ handle }) => !own.some((one) => String(one.handle) === String(handle)))
  if (others.some(({ _tag }) => _tag !== "AlreadyGone")) {
    return yield* differ(step, "no jobs of others", JSON.stringify(others))
  }
  const told: Array<string> = []
  for (const one of own) {
    const tag = jobs.find(({ job }) => job === one.handle.job)?._tag ?? "AlreadyGone"
    const before = crashed ? Model.afterCrash(one.job, "withdraw") : one.job
    const next = Model.after(before, "withdraw", tag)
    if (next === undefined) return yield* different(step, one, "withdraw", before, tag)
    one.job = next
    told.push(`${step}: ${one.handle.copy} ${tag}`)
  }
  return told
})
