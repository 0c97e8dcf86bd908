/**
 * What held jobs have left, on the command line.
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
 * Fetches what each of some held jobs of one compute element has left. If the compute element fails for all of them, the
 * operation does.
 *
 * @category combinators
 * @since 0.1.0
 */
export const fetch = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle>, destination: string) {
  const retriever = yield* OutputRetriever
  // The backend has its own limit on what runs at one time for a compute element.
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
      ...(output.whole ? [] : ["files may be cut off"]),
      ...(missing.length === 0 ? [] : [`missing: ${missing.join(" ")}`])
    ].join(", ")
  }
}
