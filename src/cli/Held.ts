/**
 * Fetches the files that held jobs have left, for `fetch --held`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { BackendError } from "../contract/BackendError.ts"
import { OutputRetriever } from "../contract/Capability.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import type { OutputFile } from "../contract/JobOutput.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import type { PartialOutput } from "../contract/PartialOutput.ts"
import type { Row } from "./Row.ts"

const isBackendError = Schema.is(BackendError)

/**
 * Fetches the files that each of these held jobs of one CE has left. Fails if the CE fails for all of them.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fetch = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle>, destination: string) {
  const retriever = yield* OutputRetriever
  // The backend has its own limit of concurrent tools for a CE.
  const results = yield* Effect.forEach(
    handles,
    (handle) =>
      Effect.map(Effect.result(retriever.fetchHeld(handle, destination)), (result) => [handle, result] as const),
    { concurrency: 8 }
  )
  const failures = results.flatMap(([, result]) =>
    Result.isFailure(result) && isBackendError(result.failure) ? [result.failure] : []
  )
  const [first] = failures
  return first !== undefined && failures.length === results.length
    ? yield* Effect.fail(first)
    : Outcomes.fromIterable(results)
})

/**
 * The row of the files that a held job has left.
 *
 * @category converting
 * @since 0.1.0
 */
export const row = (output: PartialOutput): Row => {
  const file = ({ name, path, size }: OutputFile) => ({ name, path, size })
  const { directory, files, handle: _, log, missing, stderr, stdout, ...rest } = output
  return {
    fields: {
      _tag: "Partial",
      ...rest,
      directory,
      missing,
      files: files.map(file),
      ...(stdout === undefined ? {} : { stdout: file(stdout) }),
      ...(stderr === undefined ? {} : { stderr: file(stderr) }),
      ...(log === undefined ? {} : { log: file(log) })
    },
    detail: [
      directory,
      ...(output.whole ? [] : ["files may be truncated"]),
      ...(missing.length === 0 ? [] : [`missing: ${missing.join(" ")}`])
    ].join(", ")
  }
}
