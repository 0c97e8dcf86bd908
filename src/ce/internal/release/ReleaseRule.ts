/**
 * Decides which held jobs can be released, as measured on 23.9 and 25.14.
 *
 * **Details**
 *
 * A CE does not start a job twice: it removes a job that is released after a start. If the batch system holds the job, the
 * JobRouter of the CE holds it again at its next look. Only the hold for an input that could not be read may be cured by another
 * attempt. For that, the JobRouter first has to take the job out of the batch system.
 */
import * as Constraint from "../../../condor/Constraint.ts"
import * as HoldReason from "../../../condor/HoldReason.ts"
import * as JobAd from "../../../condor/JobAd.ts"
import * as StatusMapping from "../query/StatusMapping.ts"

/** The attributes of a job that these rules need. */
export const attributes: ReadonlyArray<string> = Array.from(
  new Set([...StatusMapping.attributes, ...JobAd.releaseAttributes])
)

const neverStarted = "(NumJobStarts =?= undefined || NumJobStarts == 0)"

// The subcode if the input file does not exist any more: the job would be held again.
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

/** Whether the batch system holds the job, according to the JobRouter. */
export const isInBatchSystem = ({ HoldCopiedFromTargetJob }: JobAd.JobAd): boolean => HoldCopiedFromTargetJob === true

/** Whether the JobRouter still has a copy of the job in the batch system. */
export const isRouted = (ad: JobAd.JobAd): boolean => !isGrid(ad) && ad.Managed === "External"

/** The condition for {@link taken}. */
export const takeBackGuard = Constraint.all(
  "JobStatus == 5",
  `HoldReasonCode == ${HoldReason.input}`,
  `HoldReasonSubCode =!= ${inputIsGone}`,
  "GridResource =?= undefined",
  neverStarted
)

/** The edit after which the JobRouter treats a job that the batch system holds like one that its owner holds. */
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

/** Whether the JobRouter or a gridmanager may hold this job again. */
export const settlesBy = (ad: JobAd.JobAd): "gridmanager" | "router" => isGrid(ad) ? "gridmanager" : "router"
