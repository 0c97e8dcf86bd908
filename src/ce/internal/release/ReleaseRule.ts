/**
 * Which holds can be released, as far as was measured on 23.9 and 25.14.
 *
 * **Details**
 *
 * A CE does not start a job twice: it removes one that is released after a start. Where the batch system holds the job, its
 * JobRouter holds it again when it looks next. Only an input that could not be read is mended by being tried again, and for that
 * the JobRouter has to take the job out of the batch system first.
 */
import * as Constraint from "../../../condor/Constraint.ts"
import * as HoldReason from "../../../condor/HoldReason.ts"
import * as JobAd from "../../../condor/JobAd.ts"
import * as StatusMapping from "../query/StatusMapping.ts"

/** What has to be known of a job. */
export const attributes: ReadonlyArray<string> = Array.from(
  new Set([...StatusMapping.attributes, ...JobAd.releaseAttributes])
)

const neverStarted = "(NumJobStarts =?= undefined || NumJobStarts == 0)"

// The input itself is gone: it would be held again.
const inputIsGone = 2

const isGrid = ({ GridResource }: JobAd.JobAd): boolean => GridResource !== undefined

/** Whether a release of this held job is known to work. */
export const isReleasable = (ad: JobAd.JobAd): boolean => {
  if ((ad.NumJobStarts ?? 0) !== 0) return false
  switch (ad.HoldReasonCode) {
    case HoldReason.request:
    case HoldReason.submittedOnHold:
      return !isInBatchSystem(ad)
    case HoldReason.input:
      return !isGrid(ad) && ad.HoldReasonSubCode !== inputIsGone
    default:
      return false
  }
}

/** Whether the batch system holds the job, as far as the JobRouter knows. */
export const isInBatchSystem = ({ HoldCopiedFromTargetJob }: JobAd.JobAd): boolean => HoldCopiedFromTargetJob === true

/** Whether the JobRouter still has the job in the batch system. */
export const isRouted = (ad: JobAd.JobAd): boolean => !isGrid(ad) && ad.Managed === "External"

/** The condition for {@link taken}. */
export const takeBackGuard = Constraint.all(
  "JobStatus == 5",
  `HoldReasonCode == ${HoldReason.input}`,
  `HoldReasonSubCode =!= ${inputIsGone}`,
  "GridResource =?= undefined",
  neverStarted
)

/** The edit that has the JobRouter take a job that its batch system holds for one that its owner holds. */
export const taken = ["HoldCopiedFromTargetJob", "false"] as const

/** The condition for a release. */
export const releaseGuard = Constraint.all(
  "JobStatus == 5",
  `(${
    [HoldReason.request, HoldReason.input, HoldReason.submittedOnHold].map((code) => `HoldReasonCode == ${code}`).join(
      " || "
    )
  })`,
  "HoldCopiedFromTargetJob =!= true",
  "(GridResource =!= undefined || Managed =!= \"External\")",
  neverStarted
)

/** Whether whoever may hold it again is a gridmanager. */
export const settlesBy = (ad: JobAd.JobAd): "gridmanager" | "router" => isGrid(ad) ? "gridmanager" : "router"
