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
 * Runs an effect to its end while `TestClock` goes on by itself, in steps (default 20 milliseconds).
 *
 * **Details**
 *
 * Whoever gives a program at once all the time that it waits for also ends its timeouts, before the disk has answered.
 * Here each step takes as long as a look at the disk, so that disk and clock go on together, however slow the machine is.
 *
 * @category combinators
 * @since 0.1.0
 */
export const run = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  options: { readonly step?: Duration.Input | undefined } = {}
): Effect.Effect<A, E, R | FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (fileSystem) => {
    const tick = Effect.andThen(Effect.ignore(fileSystem.exists(".")), TestClock.adjust(options.step ?? "20 millis"))
    return Effect.raceFirst(effect, Effect.forever(tick))
  })

/**
 * Lets so much time go by, in steps (default one second).
 *
 * @category combinators
 * @since 0.1.0
 */
export const pass = (
  duration: Duration.Input,
  options: { readonly step?: Duration.Input | undefined } = {}
): Effect.Effect<void, never, FileSystem.FileSystem> => run(Effect.sleep(duration), { step: "1 second", ...options })
