/**
 * The outcomes of jobs whose query has failed.
 */
import * as Result from "effect/Result"
import type { BackendError } from "../../../contract/BackendError.ts"
import { StatusUnavailable } from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"

/** One `StatusUnavailable` for each job. */
export const each = (
  handles: ReadonlyArray<JobHandle>,
  error: BackendError
): ReadonlyArray<readonly [JobHandle, Result.Result<never, StatusUnavailable>]> =>
  handles.map((handle) => [handle, Result.fail(new StatusUnavailable({ handle, error }))])
