/**
 * Checks the output sizes that the ads of the jobs report against the limits, before any transfer. Pure.
 */
import { LimitExceeded } from "../../../contract/JobError.ts"
import type { Limits } from "../../../contract/Limits.ts"
import type { Candidate } from "./FetchDecision.ts"

/**
 * Divides jobs into those whose output is within the limits and fits together with the outputs before it, and the errors of
 * the others. `free` is the free space of the destination's file system in bytes; undefined: not known.
 */
export const admit = (
  jobs: ReadonlyArray<Candidate>,
  limits: Pick<Limits, "maxBytes" | "minFreeBytes">,
  free: number | undefined
): { readonly admitted: ReadonlyArray<Candidate>; readonly refused: ReadonlyArray<LimitExceeded> } => {
  let room = free === undefined ? Infinity : free - limits.minFreeBytes
  const admitted: Array<Candidate> = []
  const refused: Array<LimitExceeded> = []
  for (const job of jobs) {
    const { bytes = 0, handle } = job
    if (bytes > limits.maxBytes) {
      refused.push(new LimitExceeded({ handle, limit: "maxBytes", allowed: limits.maxBytes, actual: bytes }))
    } else if (bytes > room) {
      refused.push(new LimitExceeded({ handle, limit: "minFreeBytes", allowed: Math.max(0, room), actual: bytes }))
    } else {
      admitted.push(job)
      room -= bytes
    }
  }
  return { admitted, refused }
}
