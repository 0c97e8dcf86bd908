/**
 * @title Fetch output once
 *
 * `fetch` moves the output to this host and then removes the job from the compute element. It is the last operation on a job.
 */
import { Effect, Path } from "effect"
import { Capability, type JobHandle, Outcomes } from "effect-htcondor-ce"

export const collect = Effect.fn("collect")(function*(
  handles: ReadonlyArray<JobHandle.JobHandle>,
  destination: string
) {
  const path = yield* Path.Path
  const { fetch } = yield* Capability.OutputRetriever
  const outcomes = yield* fetch(handles, destination)

  const directories = Outcomes.successes(outcomes).map(([, output]) => output.directory)
  for (const [handle, error] of Outcomes.failures(outcomes)) {
    // An earlier run has fetched it: the manifest is in the directory of the output.
    if (error._tag === "AlreadyRetrieved" && error.manifest !== undefined) {
      directories.push(path.dirname(error.manifest))
    } // `retry` says whether the same call can succeed: "Now", "Later", "AfterRepair" or "Never". Do not match messages.
    else yield* Effect.logWarning(handle.job, error._tag, error.retry, error.message)
  }
  return directories
})
