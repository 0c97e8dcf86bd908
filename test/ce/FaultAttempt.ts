/** Operations for faults to strike: the answer of each, and what must be true afterwards. */
import { Effect } from "effect"
import { type JobHandle, Outcomes, type Retry, type SubmissionKey } from "../../src/index.ts"

/** The answer that a caller gets: the tag of the error, or the tags of the outcomes, each once. */
export type Answer = string

export const answerOf = <A, E extends { readonly _tag: string }, F extends { readonly _tag: string }>(
  effect: Effect.Effect<Outcomes.Outcomes<A, F>, E>,
  word: (value: A) => string
): Effect.Effect<Answer> =>
  Effect.match(effect, {
    onFailure: ({ _tag }) => _tag,
    onSuccess: (outcomes) => {
      const tags = Outcomes.match(outcomes, { onFailure: ({ _tag }) => _tag, onSuccess: word })
      return Array.from(new Set(tags)).toSorted().join("+")
    }
  })

/** A failure that says when to retry. */
export interface Failure {
  readonly _tag: string
  readonly retry: Retry.Retry
}

/** The same, but the failure of any job fails it, unless that failure is a valid answer for the job. */
export const onceOf = <A, E extends Failure, F extends Failure>(
  effect: Effect.Effect<Outcomes.Outcomes<A, F>, E>,
  word: (value: A) => string,
  isAnswer: (failure: F) => boolean = ({ retry }) => retry === "Never"
): Effect.Effect<Answer, Failure> =>
  Effect.flatMap(effect, (outcomes): Effect.Effect<Answer, Failure> => {
    const failed = Outcomes.failures(outcomes).flatMap(([, error]) => isAnswer(error) ? [] : [error])
    const [first] = failed
    return first === undefined ? answerOf(Effect.succeed(outcomes), word) : Effect.fail(first)
  })

/** An operation on its own jobs: the way to run it, and what is true after it, however many runs it took. */
export interface Attempt {
  readonly key: SubmissionKey.SubmissionKey
  readonly handles: ReadonlyArray<JobHandle.JobHandle>
  readonly destination: string
  readonly run: Effect.Effect<Answer>
  /** The same as an effect that fails, for callers that repeat as the failure says. */
  readonly once: Effect.Effect<Answer, Failure>
  readonly done: Effect.Effect<void>
}
