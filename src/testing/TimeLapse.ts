/**
 * Lets the time of `TestClock` go by, for tests of programs that wait and that work with files.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
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
 * @category combinators
 * @since 0.1.0
 */
export const run = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: { readonly step?: Duration.Input | undefined } = {}
): Effect.Effect<A, E, R | FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const activity = yield* Activity.current
    // A directory that comes and goes takes as long as anything that the effect does with a file.
    const disk = Effect.ignore(Effect.scoped(fileSystem.makeTempDirectoryScoped({ prefix: "time-lapse-" })))
    // Whoever has just got an answer may go on with the next question: only who is idle for longer than that waits.
    const stillness = Effect.repeat(Effect.andThen(activity.idle, disk), { until: () => activity.isIdle })
    const tick = Effect.andThen(
      stillness,
      Effect.raceFirst(TestClock.adjust(options.step ?? "100 millis"), activity.busy)
    )
    return yield* Effect.raceFirst(effect, Effect.forever(tick))
  })

/**
 * Lets so much time go by, in steps (default one minute).
 *
 * @category combinators
 * @since 0.1.0
 */
export const pass = (
  duration: Duration.Input,
  options: { readonly step?: Duration.Input | undefined } = {}
): Effect.Effect<void, never, FileSystem.FileSystem> => run(Effect.sleep(duration), { step: "1 minute", ...options })
