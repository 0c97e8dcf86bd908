/**
 * The cause and the advice for each reason with which jobs are removed from an HTCondor-CE.
 *
 * **Details**
 *
 * A CE with the default configuration removes jobs in cases in which other schedds hold them. The texts are those of its
 * configuration (`SYSTEM_PERIODIC_REMOVE_REASON`), of the schedd, and of this library.
 */
import * as GridUniverse from "./GridUniverse.ts"
import * as OwnAttributes from "./OwnAttributes.ts"
import type { RemovalRule } from "./ReasonRules.ts"

const { reasons } = OwnAttributes

/**
 * The first rule that applies counts.
 */
export const rules: ReadonlyArray<RemovalRule> = [
  { begins: reasons.cancelled, cause: "Cancelled", advice: "Nothing to do: this library cancelled the job." },
  {
    begins: reasons.retrieved,
    cause: "Retrieved",
    advice: "Nothing to do: its output was fetched, and is at its destination."
  },
  { begins: reasons.purged, cause: "Purged", advice: "Nothing to do: its output was given up." },
  {
    begins: reasons.abandoned,
    cause: "SubmissionFailed",
    advice: "Submit again with the same key: this attempt was rolled back."
  },
  ...["Staging of job files failed", "Spooling is taking too long"].map((includes): RemovalRule => ({
    includes,
    cause: "SubmissionFailed",
    advice: "Submit again with the same key: the submission was cut off before all input had arrived."
  })),
  {
    includes: "disabled job retries",
    cause: "Interrupted",
    advice:
      "Resubmit the job: the batch system lost, evicted or removed it after it had started, or somebody held and released " +
      "it, and the compute element starts no job twice."
  },
  {
    includes: "job exceeded allowed walltime",
    cause: "WallTime",
    advice: "Resubmit the job with a request for more run time, or give it less to do."
  },
  {
    includes: "being in the hold state",
    cause: "HeldTooLong",
    advice: "Resubmit the job when the cause of its hold is fixed: the compute element keeps held jobs for a day."
  },
  {
    includes: "job completed over",
    cause: "Expired",
    advice: "Fetch output sooner: the job had completed, and its output is gone."
  },
  {
    begins: GridUniverse.disappearedReason,
    cause: "Disappeared",
    advice: "Resubmit the job: the compute element has lost it, or its administrator removed it."
  },
  {
    begins: "The job attribute ",
    cause: "Policy",
    advice: "Correct the condition under which the job is removed, which came with it, or resubmit the job."
  },
  {
    includes: "SYSTEM_PERIODIC_REMOVE",
    cause: "Policy",
    advice: "Ask the site about the rule that the reason names, and resubmit the job in keeping with it."
  },
  ...["(by user ", "via condor_rm"].map((includes): RemovalRule => ({
    includes,
    cause: "Request",
    advice: "Ask the user that the reason names, or resubmit the job."
  }))
]

/**
 * The cause and the advice for a reason to which no rule applies.
 */
export const unknown: Pick<RemovalRule, "cause" | "advice"> = {
  cause: "Unknown",
  advice: "Resubmit the job; if several jobs end like this, ask the site."
}
