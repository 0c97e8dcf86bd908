/**
 * Advances `TestClock` for tests of programs that wait and that work with files.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as TestClock from "effect/testing/TestClock"
import * as Activity from "./fake/Activity.ts"

/**
 * Runs an effect to its end, and advances `TestClock` meanwhile.
 *
 * **When to use**
 *
 * Use it for programs that wait and also use files or a fake schedd. A single `TestClock.adjust` fires all their timeouts at
 * once, before file I/O has finished.
 *
 * **Details**
 *
 * - `step`: how much virtual time passes in one step (default 100 milliseconds)
 * - `longest`: each idle step doubles the next one, up to this length (default: `step`). Work resets the step.
 *
 * The clock stops while a tool of a fake schedd works, and while the program uses the `FileSystem` that `FakeSchedd.layer`
 * provides. If such work begins during a step, the clock stops in the middle of the step.
 *
 * **Gotchas**
 *
 * `run` cannot see other work in real time, for example network I/O or another `FileSystem`. In each step such work has only
 * the time of one disk access. Do not nest `run` or {@link pass} under one clock: the program then hangs.
 *
 * **Example** (Waiting for a job of one minute)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { TestClock } from "effect/testing"
 * import { Capability, SubmissionKey } from "effect-htcondor-ce"
 * import { TimeLapse } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const runJob = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const { statusOf, waitFor } = yield* Capability.StatusReporter
 *   const { handles } = yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
 *   yield* waitFor(handles, { until: "Terminal" })
 *   return yield* Effect.forEach(handles, statusOf)
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const statuses = yield* TimeLapse.run(runJob, { step: "1 second", longest: "10 seconds" })
 *   assert.deepStrictEqual(statuses.map(({ _tag }) => _tag), ["Completed"])
 *   // `it.effect` of `@effect/vitest` provides this clock.
 * }).pipe(Effect.provide(TestClock.layer()))
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const run = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: { readonly step?: Duration.Input | undefined; readonly longest?: Duration.Input | undefined } = {}
): Effect.Effect<A, E, R | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const activity = yield* Activity.current
    const shortest = Duration.fromInputUnsafe(options.step ?? "100 millis")
    const longest = Duration.max(shortest, Duration.fromInputUnsafe(options.longest ?? shortest))
    // This access waits behind all pending file operations.
    const disk = Effect.ignore(fileSystem.access("/"))
    // A fiber that has just received an answer may start more work at once. Yield until nothing has started.
    const until = { until: () => activity.isIdle }
    const quiet = Effect.repeat(Effect.andThen(activity.idle, Effect.yieldNow), until)
    const stillness = Effect.repeat(Effect.andThen(quiet, disk), until)
    const tick = (step: Duration.Duration): Effect.Effect<Duration.Duration> =>
      Effect.andThen(
        stillness,
        Effect.raceFirst(
          Effect.as(TestClock.adjust(step), Duration.min(Duration.times(step, 2), longest)),
          Effect.as(activity.busy, shortest)
        )
      )
    const ticks = Effect.gen(function*() {
      for (let step = shortest;;) step = yield* tick(step)
    })
    return yield* Effect.raceFirst(effect, ticks)
  })

/**
 * Advances `TestClock` by `duration` as {@link run} does, in steps of one minute by default.
 *
 * **Example** (Advancing the clock)
 *
 * ```ts
 * import { Clock, Effect } from "effect"
 * import { TestClock } from "effect/testing"
 * import { TimeLapse } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * export const program = Effect.gen(function*() {
 *   const before = yield* Clock.currentTimeMillis
 *   yield* TimeLapse.pass("70 minutes")
 *   assert.strictEqual((yield* Clock.currentTimeMillis) - before, 70 * 60_000)
 * }).pipe(Effect.provide(TestClock.layer()))
 * ```
 *
 * @category combinators
 * @since 0.1.0
 */
export const pass = (
  duration: Duration.Input,
  options: { readonly step?: Duration.Input | undefined; readonly longest?: Duration.Input | undefined } = {}
): Effect.Effect<void, never, FileSystem.FileSystem> => run(Effect.sleep(duration), { step: "1 minute", ...options })
