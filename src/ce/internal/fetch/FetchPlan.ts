/**
 * Decides from the ads of the jobs, and from the outputs at the destination, which jobs are fetched. Pure.
 */
import * as Result from "effect/Result"
import {
  AlreadyRetrieved,
  type DestinationTaken,
  type FetchError,
  OutputMissing,
  type RepeatableFetchError,
  TransferFailed,
  type UnsupportedManifest
} from "../../../contract/JobError.ts"
import type { JobHandle } from "../../../contract/JobHandle.ts"
import type { JobOutput } from "../../../contract/JobOutput.ts"
import type { Target } from "../query/LookupResult.ts"
import type { Claim } from "./Claim.ts"
import type { Candidate, NoOutput } from "./FetchDecision.ts"
import type { Standing } from "./Manifest.ts"

/**
 * Whether output is given once. It decides the outcome of a job whose output is at its destination already.
 *
 * - `missingOutput`: the error for a job that has no output any more
 * - `alreadyAt`: the outcome for a job whose output is at the destination already. `isKept`: the CE could not release the job.
 */
export interface Policy<E> {
  readonly missingOutput: (error: NoOutput) => E
  readonly alreadyAt: (output: JobOutput, isKept: boolean) => Result.Result<JobOutput, E>
}

/** Output that is given once. */
export const once: Policy<FetchError> = {
  missingOutput: (error) => error,
  alreadyAt: ({ handle, manifest, retrievedAt }, isKept) =>
    Result.fail(new AlreadyRetrieved({ handle, retrievedAt, manifest, ...(isKept ? { released: false } : {}) }))
}

/** Output that stays at the CE. */
export const repeatable: Policy<RepeatableFetchError> = {
  missingOutput: (error) =>
    error._tag === "AlreadyRetrieved" ? new OutputMissing({ handle: error.handle, detail: error.message }) : error,
  alreadyAt: (output) => Result.succeed(output)
}

// The errors of a job that is not in the queue any more.
const departures: ReadonlySet<NoOutput["_tag"]> = new Set([
  "AlreadyRetrieved",
  "HistoryUnavailable",
  "OutputMissing",
  "UnknownJob"
])

// A manifest that cannot be read may describe the output of a job that has left the CE.
const isHint = (place: DestinationTaken | UnsupportedManifest, { _tag }: NoOutput): boolean =>
  place._tag === "UnsupportedManifest" && _tag !== "AlreadyRetrieved" && departures.has(_tag)

/**
 * A job, the output at its place, and whether there is output to fetch.
 */
export interface Place {
  readonly target: Target
  readonly standing: Result.Result<Standing | undefined, DestinationTaken | UnsupportedManifest>
  readonly decided: Result.Result<Candidate, NoOutput>
}

/**
 * - `outcomes`: of the jobs that are not fetched
 * - `candidates`: the jobs to fetch
 * - `stood`: the outputs that are complete at their places
 * - `unreleased`: the jobs of those outputs that are still at the CE
 * - `departed`: the directories of those outputs whose jobs have left the CE
 * - `undeposited`: those outputs of which nothing shows that their jobs were released
 * - `damaged`: outputs at the places of candidates that lack files
 */
export interface FetchPlan<E> {
  readonly outcomes: Array<readonly [JobHandle, Result.Result<JobOutput, E>]>
  readonly candidates: Array<Candidate>
  readonly stood: Array<readonly [JobHandle, JobOutput]>
  readonly unreleased: Array<Claim>
  readonly departed: Array<string>
  readonly undeposited: Array<JobOutput>
  readonly damaged: Array<Standing>
}

/**
 * The output at a place, if it is complete.
 */
export const completeAt = ({ standing }: Place): JobOutput | undefined => {
  const found = Result.getOrElse(standing, () => undefined)
  return found?.missing.length === 0 ? found.output : undefined
}

/**
 * Decides for each job. `notStored` returns why the output in a directory is not on stable storage, or undefined if it is.
 */
export const make = <E extends FetchError>(
  policy: Policy<E | RepeatableFetchError>,
  places: ReadonlyArray<Place>,
  notStored: (directory: string) => string | undefined
): FetchPlan<E | RepeatableFetchError> => {
  const plan: FetchPlan<E | RepeatableFetchError> = {
    outcomes: [],
    candidates: [],
    stood: [],
    unreleased: [],
    departed: [],
    undeposited: [],
    damaged: []
  }
  for (const place of places) {
    const { decided, standing, target: { handle, id } } = place
    const fail = (error: E | RepeatableFetchError) => plan.outcomes.push([handle, Result.fail(error)])
    const output = completeAt(place)
    const found = Result.getOrElse(standing, () => undefined)
    if (output !== undefined) {
      const detail = notStored(output.directory)
      if (detail !== undefined) {
        fail(new TransferFailed({ handle, detail: `it is not on stable storage: ${detail}` }))
        continue
      }
      plan.outcomes.push([handle, policy.alreadyAt(output, false)])
      plan.stood.push([handle, output])
      if (Result.isSuccess(decided)) {
        plan.unreleased.push({ handle, id, guard: "JobStatus == 4", mark: undefined, directory: output.directory })
        plan.undeposited.push(output)
      } else if (departures.has(decided.failure._tag)) {
        plan.departed.push(output.directory)
        if (decided.failure._tag !== "AlreadyRetrieved") plan.undeposited.push(output)
      }
    } else if (Result.isFailure(standing) && (Result.isSuccess(decided) || isHint(standing.failure, decided.failure))) {
      fail(standing.failure)
    } else if (Result.isFailure(decided)) {
      const { failure } = decided
      // The manifest of damaged output still shows when it was fetched.
      fail(policy.missingOutput(
        found !== undefined && departures.has(failure._tag)
          ? new AlreadyRetrieved({ handle, retrievedAt: found.output.retrievedAt })
          : failure
      ))
    } else if (found === undefined) plan.candidates.push(decided.success)
    else {
      plan.damaged.push(found)
      plan.candidates.push({ ...decided.success, beside: found.beside })
    }
  }
  return plan
}
