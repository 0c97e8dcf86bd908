/**
 * Lets the time of `TestClock` go by, for tests of programs that wait and that work with files.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as TestClock from "effect/testing/TestClock"
import * as Activity from "./fake/Activity.ts"

/**
 * Runs an effect to its end while `TestClock` goes on by itself, in steps (default 100 milliseconds).
 *
 * **Details**
 *
 * Whoever gives a program at once all the time that it waits for also ends its timeouts, before the disk has answered.
 * Here the clock stands while a tool of a fake schedd works, and while something is done through the `FileSystem` that
 * `FakeSchedd.layer` provides; it stops in the middle of a step where such work begins. What a program does without
 * them, for example through another `FileSystem`, has the time of one use of the disk in each step.
 *
 * With `longest`, each step in which no such work begins makes the next one twice as long, up to that. A program that
 * only waits is over sooner. Work makes the steps short again.
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
    // It waits for its turn behind all else that is asked of the disk.
    const disk = Effect.ignore(fileSystem.access("/"))
    // Whoever has just got an answer may go on with the next question: only who is idle for longer than that waits.
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
 * Lets so much time go by, in steps (default one minute).
 *
 * @category combinators
 * @since 0.1.0
 */
export const pass = (
  duration: Duration.Input,
  options: { readonly step?: Duration.Input | undefined; readonly longest?: Duration.Input | undefined } = {}
): Effect.Effect<void, never, FileSystem.FileSystem> => run(Effect.sleep(duration), { step: "1 minute", ...options })
