/**
 * Whether, and when, to repeat a failed call.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"

/**
 * The advice of each error on repeating the same call with the same arguments. A submission that you repeat with its key
 * adopts the jobs that exist.
 *
 * **Details**
 *
 * - `Now`: the call can succeed at once
 * - `Later`: the call can succeed when the state of the compute element, or of the job, has changed
 * - `AfterRepair`: the call can succeed when somebody has repaired the cause: a credential, a configuration, a disk
 * - `Never`: the call cannot succeed. Change the arguments, or accept the error as the answer
 *
 * @category models
 * @since 0.1.0
 */
export const Retry = Schema.Literals(["Now", "Later", "AfterRepair", "Never"])

/**
 * The advice of an error on repeating the same call.
 *
 * @category models
 * @since 0.1.0
 */
export type Retry = typeof Retry.Type

/**
 * The `retry` field of an error whose cause decides. The argument is its default.
 *
 * @category schemas
 * @since 0.1.0
 */
export const byDefault = (retry: Retry) =>
  Retry.annotate({ description: `${retry} by default. The cause of the failure decides.` }).pipe(
    Schema.withConstructorDefault(Effect.succeed(retry))
  )

/**
 * Whether a repetition can succeed without a repair: `retry` is `Now` or `Later`.
 *
 * **Example** (Finding the jobs to fetch again)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, Outcomes, Retry, SubmissionKey } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { fetch } = yield* Capability.OutputRetriever
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   const failures = Outcomes.failures(yield* fetch(handles, "/scratch/output"))
 *   const again = failures.flatMap(([handle, error]) => Retry.canRepeat(error) ? [handle] : [])
 *   // The job has not completed: NotFinished says Later.
 *   assert.deepStrictEqual(again, handles)
 * })
 * ```
 *
 * @category guards
 * @since 0.1.0
 */
export const canRepeat = ({ retry }: { readonly retry: Retry }): boolean => retry === "Now" || retry === "Later"

const longest = Duration.minutes(5)

/**
 * Repeats a call whose error says `Now` or `Later`, without a limit. It ends at an error that says `AfterRepair` or `Never`.
 *
 * **Details**
 *
 * If the first error says `Now`, the call is repeated at once. The other pauses grow from one second to five minutes. Each
 * is up to 20 % shorter or longer, at random.
 *
 * **Example** (Repeating a submission with its key for an hour)
 *
 * ```ts
 * import { Effect, Schedule } from "effect"
 * import { Capability, Retry, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const patience = Retry.schedule.pipe(Schedule.upTo({ duration: "1 hour" }))
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const key = yield* SubmissionKey.generate
 *   // The first tool cannot reach the compute element.
 *   yield* (yield* FakeSchedd.FakeSchedd).fault({ _tag: "Unreachable", times: 1 })
 *   const submission = yield* submit({ executable: "/bin/true" }, [{}], { key }).pipe(Effect.retry(patience))
 *   assert.strictEqual(submission.handles.length, 1)
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
