/**
 * Lets the time of `TestClock` go by, for tests of programs that wait and that work with files.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as TestClock from "effect/testing/TestClock"

/**
 * Runs an effect to its end while `TestClock` goes on by itself, in steps (default 100 milliseconds).
 *
 * **Details**
 *
 * Whoever gives a program at once all the time that it waits for also ends its timeouts, before the disk has answered.
 * Here the disk is used in each step, so that disk and clock go on together, however slow the machine is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const run = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: { readonly step?: Duration.Input | undefined } = {}
): Effect.Effect<A, E, R | FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) => {
    // A directory that comes and goes takes as long as anything that the effect does with a file.
    const disk = Effect.ignore(Effect.scoped(fileSystem.makeTempDirectoryScoped({ prefix: "time-lapse-" })))
    const tick = Effect.andThen(disk, TestClock.adjust(options.step ?? "100 millis"))
    return Effect.raceFirst(effect, Effect.forever(tick))
  })

/**
 * Lets so much time go by, in steps (default five seconds).
 *
 * @category combinators
 * @since 0.1.0
 */
export const pass = (
  duration: Duration.Input,
  options: { readonly step?: Duration.Input | undefined } = {}
): Effect.Effect<void, never, FileSystem.FileSystem> => run(Effect.sleep(duration), { step: "5 seconds", ...options })
