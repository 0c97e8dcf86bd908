/**
 * Records the metrics of operations, and the attributes of their spans.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import * as Metrics from "../../../contract/Metrics.ts"
import * as Outcomes from "../../../contract/Outcomes.ts"
import type { Submission } from "../../../contract/Submission.ts"

interface Tagged {
  readonly _tag: string
}

const outcomeOf = <E extends Tagged>(exit: Exit.Exit<unknown, E>): string => {
  if (Exit.isSuccess(exit)) return "Success"
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isSome(error)) return error.value._tag
  return Cause.hasInterruptsOnly(exit.cause) ? "Interrupted" : "Defect"
}

/**
 * Counts each tag.
 */
export const count = <Tag extends string>(tags: ReadonlyArray<Tag>): ReadonlyMap<Tag, number> => {
  const counts = new Map<Tag, number>()
  for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return counts
}

/**
 * Records the duration and the outcome of an operation at a CE.
 */
export const timed =
  (endpoint: string, operation: string) =>
  <A, E extends Tagged, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.gen(function*() {
      const began = yield* Clock.monotonicTimeNanos
      yield* Effect.annotateCurrentSpan({ "htcondor.endpoint": endpoint })
      return yield* Effect.onExit(effect, (exit) =>
        Effect.flatMap(Clock.monotonicTimeNanos, (now) =>
          Metric.update(
            Metric.withAttributes(Metrics.operations, { endpoint, operation, outcome: outcomeOf(exit) }),
            Number(now - began) / 1e9
          )))
    })

/**
 * Adds the numbers of jobs to the span of an operation.
 */
export const counted = (succeeded: number, failed: number): Effect.Effect<void> =>
  Effect.annotateCurrentSpan({ "htcondor.jobs.succeeded": succeeded, "htcondor.jobs.failed": failed })

/**
 * Records an operation on many jobs, and counts the errors of jobs.
 */
export const bulk = (endpoint: string, operation: string) =>
<A, JobError extends Tagged, E extends Tagged, R>(
  effect: Effect.Effect<Outcomes.Outcomes<A, JobError>, E, R>
): Effect.Effect<Outcomes.Outcomes<A, JobError>, E, R> =>
  timed(endpoint, operation)(Effect.tap(effect, (outcomes) => {
    const [failures, successes] = Outcomes.partition(outcomes)
    return Effect.andThen(
      counted(successes.length, failures.length),
      Effect.forEach(
        count(failures.map(([, { _tag }]) => _tag)),
        ([error, jobs]) =>
          Metric.update(Metric.withAttributes(Metrics.jobErrors, { endpoint, operation, error }), jobs),
        { discard: true }
      )
    )
  }))

/**
 * Records a fetch, and counts its outputs and bytes.
 */
export const fetch = (endpoint: string) =>
<JobError extends Tagged, E extends Tagged, R>(
  effect: Effect.Effect<Outcomes.Outcomes<JobOutput, JobError>, E, R>
): Effect.Effect<Outcomes.Outcomes<JobOutput, JobError>, E, R> =>
  bulk(endpoint, "fetch")(Effect.tap(effect, (outcomes) => {
    const [failures, successes] = Outcomes.partition(outcomes)
    const tags = [...failures.map(([, { _tag }]) => _tag), ...successes.map(() => "Retrieved")]
    const bytes = successes
      .flatMap(([, { files, log, stderr, stdout }]) => [stdout, stderr, log, ...files])
      .reduce((sum, { size }) => sum + size, 0)
    return Effect.andThen(
      Effect.forEach(
        count(tags),
        ([outcome, jobs]) => Metric.update(Metric.withAttributes(Metrics.retrieved, { endpoint, outcome }), jobs),
        { discard: true }
      ),
      successes.length === 0
        ? Effect.void
        : Metric.update(Metric.withAttributes(Metrics.outputBytes, { endpoint }), bytes)
    )
  }))

/**
 * Records a submission, and counts its jobs.
 */
export const submit =
  (endpoint: string) =>
  <E extends Tagged, R>(effect: Effect.Effect<Submission, E, R>): Effect.Effect<Submission, E, R> =>
    timed(endpoint, "submit")(Effect.tap(effect, ({ adopted, handles }) =>
      Effect.andThen(
        Effect.annotateCurrentSpan({ "htcondor.jobs.succeeded": handles.length, "htcondor.adopted": adopted }),
        Metric.update(Metric.withAttributes(Metrics.submitted, { endpoint, adopted: `${adopted}` }), handles.length)
      )))
