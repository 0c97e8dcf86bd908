/**
 * What happens when the reader of this process goes away, as in `htcondor-ce status .. | head -1`, or its terminal.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
// Effect has no service that tells of a broken stdout or of SIGHUP, and Node ends a process that does not ask, without
// finalizers.
import process, { stderr, stdout } from "node:process"

/**
 * Nobody reads what is printed any more. The exit code is that of a program that SIGPIPE ends.
 *
 * @category errors
 * @since 0.1.0
 */
export class BrokenPipe extends Schema.TaggedError<BrokenPipe>("effect-htcondor-ce/BrokenPipe")("BrokenPipe", {}) {
  override get message(): string {
    return "nobody reads the output any more"
  }
  override readonly [Runtime.errorExitCode] = 141
  override readonly [Runtime.errorReported] = false
}

/**
 * The terminal is gone. The exit code is that of a program that SIGHUP ends.
 *
 * @category errors
 * @since 0.1.0
 */
export class HungUp extends Schema.TaggedError<HungUp>("effect-htcondor-ce/HungUp")("HungUp", {}) {
  override get message(): string {
    return "the terminal is gone"
  }
  override readonly [Runtime.errorExitCode] = 129
  override readonly [Runtime.errorReported] = false
}

// The listeners stay: finalizers may print, to a stream that complains each time.
const brokenPipe = Effect.callback<never, BrokenPipe>((resume) => {
  for (const stream of [stdout, stderr]) stream.on("error", () => resume(Effect.fail(new BrokenPipe())))
})

const hungUp = Effect.callback<never, HungUp>((resume) => {
  process.on("SIGHUP", () => resume(Effect.fail(new HungUp())))
})

/**
 * Interrupts an effect, so that it ends in order, when nobody reads stdout or stderr any more, or the terminal is gone.
 *
 * @category combinators
 * @since 0.1.0
 */
export const interrupts = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | BrokenPipe | HungUp, R> =>
  Effect.raceFirst(effect, Effect.raceFirst(brokenPipe, hungUp))
