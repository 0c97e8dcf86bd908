/**
 * Records metrics of the watched jobs of one CE, from the answers to polls. Several watchers of a job count once.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import * as JobStatus from "../../../contract/JobStatus.ts"
import * as Metrics from "../../../contract/Metrics.ts"
import * as Operation from "./Operation.ts"

type Tag = JobStatus.JobStatus["_tag"]

// The statuses that a job can have while it is watched.
const statuses = ["Staging", "Waiting", "Running", "Suspended", "Finishing", "Held"] as const satisfies ReadonlyArray<
  Tag
>

const started: ReadonlySet<Tag> = new Set<Tag>(["Running", "Suspended", "Finishing", "Completed"])

/** The last status of one job, and when it began to wait; undefined if it has started. */
interface Seen {
  readonly tag: Tag
  readonly waitingSince: number | undefined
}

const exitOf = (status: JobStatus.JobStatus): string => {
  if (status._tag !== "Completed") return "none"
  switch (status.exit._tag) {
    case "Code":
      return status.exit.code === 0 ? "success" : "failure"
    case "Signal":
      return "signal"
    case "Unknown":
      return "unknown"
  }
}

/**
 * - `note`: records an answer: the names of the queried jobs, and the outcome of each
 * - `stop`: the last watcher has ended
 */
export interface WatchedJobs {
  note(
    asked: Iterable<string>,
    outcomeOf: (name: string) => Result.Result<JobStatus.JobStatus, unknown> | undefined
  ): Effect.Effect<void>
  readonly stop: Effect.Effect<void>
}

/**
 * Makes the metrics of one CE, without jobs.
 */
export const make = (endpoint: string): WatchedJobs => {
  const seen = new Map<string, Seen>()

  const setGauges = Effect.suspend(() => {
    const counts = Operation.count(Array.from(seen.values(), ({ tag }) => tag))
    return Effect.forEach(statuses, (status) =>
      Metric.update(
        Metric.withAttributes(Metrics.jobs, { endpoint, status }),
        counts.get(status) ?? 0
      ), { discard: true })
  })

  // The metric updates for one answer.
  const noteOne = (name: string, status: JobStatus.JobStatus, now: number): ReadonlyArray<Effect.Effect<void>> => {
    const { _tag: tag } = status
    const before = seen.get(name)
    // A watch believes `Unknown` only the second time.
    if (tag === "Unknown" && before?.tag !== "Unknown") {
      seen.set(name, { tag, waitingSince: before?.waitingSince })
      return []
    }
    if (JobStatus.isTerminal(status)) seen.delete(name)
    else if (before?.tag === tag) return []
    else {
      // A job that has started does not wait any more.
      const waitingSince = before === undefined ? now : before.waitingSince
      seen.set(name, { tag, waitingSince: started.has(tag) ? undefined : waitingSince })
    }
    return [
      ...(started.has(tag) && before?.waitingSince !== undefined
        ? [Metric.update(Metric.withAttributes(Metrics.queueTime, { endpoint }), (now - before.waitingSince) / 1000)]
        : []),
      ...(status._tag === "Held"
        ? [
          Metric.update(
            Metric.withAttributes(Metrics.held, { endpoint, code: `${status.code}`, cause: status.cause }),
            1
          )
        ]
        : []),
      ...(JobStatus.isTerminal(status)
        ? [Metric.update(Metric.withAttributes(Metrics.ended, { endpoint, status: tag, exit: exitOf(status) }), 1)]
        : [])
    ]
  }

  return {
    note: Effect.fnUntraced(function*(asked, outcomeOf) {
      const now = yield* Clock.currentTimeMillis
      const names = new Set(asked)
      for (const name of seen.keys()) if (!names.has(name)) seen.delete(name)
      const updates = Array.from(names).flatMap((name) => {
        const outcome = outcomeOf(name)
        return outcome !== undefined && Result.isSuccess(outcome) ? noteOne(name, outcome.success, now) : []
      })
      yield* Effect.all(updates, { discard: true })
      yield* setGauges
    }),
    stop: Effect.andThen(Effect.sync(() => seen.clear()), setGauges)
  }
}

/**
 * Records nothing.
 */
export const none: WatchedJobs = { note: () => Effect.void, stop: Effect.void }
