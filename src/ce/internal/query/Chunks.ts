/**
 * Questions in several chunks: what fails one of them fails no other.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Settings } from "../../Config.ts"

/**
 * Asks chunk by chunk, a few at one time. Returns the chunks that failed, with their errors.
 *
 * **Details**
 *
 * It gives up when a tool was killed because it took too long, and nothing was answered for that long: the chunks that are left
 * have that failure. It does not wait for a CE that hangs once for each chunk.
 */
export const ask = Effect.fnUntraced(function*<A>(
  { maxConcurrent, timeout }: Pick<Settings, "maxConcurrent" | "timeout">,
  chunks: ReadonlyArray<A>,
  one: (chunk: A) => Effect.Effect<unknown, BackendError>
): Effect.fn.Return<ReadonlyArray<readonly [chunk: A, error: BackendError]>> {
  const failed: Array<readonly [A, BackendError]> = []
  let answered = yield* Clock.monotonicTimeNanos
  let latest: BackendError | undefined
  yield* Effect.forEach(
    chunks,
    Effect.fnUntraced(function*(chunk) {
      const silent = Duration.nanos((yield* Clock.monotonicTimeNanos) - answered)
      if (latest?._tag === "TimedOut" && Duration.isGreaterThanOrEqualTo(silent, timeout)) {
        failed.push([chunk, latest])
        return
      }
      const answer = yield* Effect.result(one(chunk))
      latest = Result.isFailure(answer) ? answer.failure : undefined
      if (latest === undefined) answered = yield* Clock.monotonicTimeNanos
      else failed.push([chunk, latest])
    }),
    { concurrency: maxConcurrent, discard: true }
  )
  return failed
})
