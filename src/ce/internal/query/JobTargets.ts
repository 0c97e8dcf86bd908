/**
 * Selects the handles that belong to this CE.
 */
import * as Equal from "effect/Equal"
import * as Result from "effect/Result"
import type { StatusError } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import * as JobLookup from "./JobLookup.ts"
import type { Target } from "./LookupResult.ts"

/**
 * Divides handles into those of this CE, each once and in their order, and the errors of the others.
 */
export const targets = (session: Parameters<typeof JobLookup.target>[0], handles: ReadonlyArray<JobHandle>) => {
  const here: Array<Target> = []
  const elsewhere: Array<readonly [JobHandle, Result.Result<never, StatusError>]> = []
  // By job id, which few handles of different jobs share.
  const seen = new Map<string, Array<JobHandle>>()
  for (const handle of handles) {
    const others = seen.get(handle.job)
    if (others === undefined) seen.set(handle.job, [handle])
    else if (others.some((other) => Equal.equals(other, handle))) continue
    else others.push(handle)
    const result = JobLookup.target(session, handle)
    if (Result.isSuccess(result)) here.push(result.success)
    else elsewhere.push([handle, Result.fail(result.failure)])
  }
  return { here, elsewhere }
}
