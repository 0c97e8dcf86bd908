/**
 * Whether, and when, to repeat what failed.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

/**
 * What each error says of a repetition of the same call with the same arguments. A submission that is repeated with its key
 * takes over what is there already.
 *
 * **Details**
 *
 * - `Now`: it can succeed at once
 * - `Later`: it can succeed when the compute element, or the job, has come further
 * - `AfterRepair`: somebody must mend something first: a credential, a configuration, a disk. Then it can succeed
 * - `Never`: it cannot succeed; call with something else, or take the error for the answer
 *
 * @category models
 * @since 0.1.0
 */
export const Retry = Schema.Literals(["Now", "Later", "AfterRepair", "Never"])

/**
 * @category models
 * @since 0.1.0
 */
export type Retry = typeof Retry.Type

/**
 * The field of an error whose cause decides, with what it says unless the cause is known.
 *
 * @category schemas
 * @since 0.1.0
 */
export const byDefault = (retry: Retry) => Retry.pipe(Schema.withConstructorDefault(Effect.succeed(retry)))

/**
 * Whether a repetition can succeed without anybody's help.
 *
 * @category guards
 * @since 0.1.0
 */
export const canRepeat = ({ retry }: { readonly retry: Retry }): boolean => retry === "Now" || retry === "Later"

const longest = Duration.minutes(5)

/**
 * Repeats what failed with `Now` or `Later`, for ever, and ends at an error that says anything else. The first pause after a
 * `Now` is none; the others grow from one second to five minutes, and vary by a fifth.
 *
 * **Example** (Repeating a submission with its key for an hour)
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Capability, Retry, type Submission, SubmissionKey } from "effect-htcondor-ce"
 *
 * export const submit = Effect.fnUntraced(function*(spec: Submission.SubmissionSpec) {
 *   const submitter = yield* Capability.Submitter
 *   const key = yield* SubmissionKey.generate
 *   return yield* submitter.submit(spec, [{}], { key }).pipe(
 *     Effect.retry(Retry.schedule.pipe(Schedule.upTo({ duration: "1 hour" })))
 *   )
 * })
 * ```
 *
 * @category schedules
 * @since 0.1.0
 */
export const schedule: Schedule.Schedule<Duration.Duration, { readonly retry: Retry }> = Schedule.exponential(
  "1 second"
).pipe(
  Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, longest))),
  Schedule.jittered,
  Schedule.setInputType<{ readonly retry: Retry }>(),
  Schedule.modifyDelay(({ attempt, duration, input }) =>
    Effect.succeed(input.retry === "Now" && attempt === 1 ? Duration.zero : duration)
  ),
  Schedule.while(({ input }) => Effect.succeed(canRepeat(input)))
)
