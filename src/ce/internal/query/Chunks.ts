/**
 * Queries in several chunks: the failure of one chunk does not fail the others.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { BackendError } from "../../../contract/BackendError.ts"
import type { Settings } from "../../Config.ts"
import * as Elapsed from "./Elapsed.ts"

/**
 * Sends the query of each chunk, a few concurrently. Returns the chunks that failed, with their errors.
 *
 * **Details**
 *
 * It gives up after a tool was killed because it took too long, if no chunk was answered for that long. The remaining chunks get
 * the same failure. So it does not wait for a hanging CE once for each chunk.
 */
export const ask = Effect.fnUntraced(function*<A>(
  { maxConcurrent, timeout }: Pick<Settings, "maxConcurrent" | "timeout">,
  chunks: ReadonlyArray<A>,
  one: (chunk: A) => Effect.Effect<unknown, BackendError>
): Effect.fn.Return<ReadonlyArray<readonly [chunk: A, error: BackendError]>> {
  const failed: Array<readonly [A, BackendError]> = []
  let silent = yield* Elapsed.start
  let latest: BackendError | undefined
  yield* Effect.forEach(
    chunks,
    Effect.fnUntraced(function*(chunk) {
      if (latest?._tag === "TimedOut" && Duration.isGreaterThanOrEqualTo(yield* silent, timeout)) {
        failed.push([chunk, latest])
        return
      }
      const answer = yield* Effect.result(one(chunk))
      latest = Result.isFailure(answer) ? answer.failure : undefined
      if (latest === undefined) silent = yield* Elapsed.start
      else failed.push([chunk, latest])
    }),
    { concurrency: maxConcurrent, discard: true }
  )
  return failed
})
