/**
 * Ends the command in order when the reader of its output closes the pipe, as in `htcondor-ce status .. | head -1`, or when its
 * terminal closes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
// Effect has no service for a broken stdout or for SIGHUP. Without a listener Node ends the process, and no finalizer runs.
import process, { stderr, stdout } from "node:process"

/**
 * The reader of the output has closed the pipe. The exit code is that of a program killed by SIGPIPE.
 *
 * @category errors
 * @since 0.1.0
 */
export class BrokenPipe extends Schema.TaggedError<BrokenPipe>("effect-htcondor-ce/BrokenPipe")("BrokenPipe", {}) {
  override get message(): string {
    return "the reader of the output has closed the pipe"
  }
  override readonly [Runtime.errorExitCode] = 141
  override readonly [Runtime.errorReported] = false
}

/**
 * The terminal has closed. The exit code is that of a program killed by SIGHUP.
 *
 * @category errors
 * @since 0.1.0
 */
export class HungUp extends Schema.TaggedError<HungUp>("effect-htcondor-ce/HungUp")("HungUp", {}) {
  override get message(): string {
    return "the terminal has closed"
  }
  override readonly [Runtime.errorExitCode] = 129
  override readonly [Runtime.errorReported] = false
}

// The listeners stay: finalizers may print, and the broken stream emits an error each time.
const brokenPipe = Effect.callback<never, BrokenPipe>((resume) => {
  for (const stream of [stdout, stderr]) stream.on("error", () => resume(Effect.fail(new BrokenPipe())))
})

const hungUp = Effect.callback<never, HungUp>((resume) => {
  process.on("SIGHUP", () => resume(Effect.fail(new HungUp())))
})

/**
 * Interrupts an effect, so that its finalizers run, when the reader of stdout or stderr or the terminal has closed.
 *
 * @category combinators
 * @since 0.1.0
 */
export const interrupts = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | BrokenPipe | HungUp, R> =>
  Effect.raceFirst(effect, Effect.raceFirst(brokenPipe, hungUp))
