/**
 * The conditions under which the schedd may remove a job.
 */
import * as Constraint from "../../../condor/Constraint.ts"
import * as GridUniverse from "../../../condor/GridUniverse.ts"

const unfinishedUnless = (unless: string): string =>
  Constraint.all("JobStatus =!= 4 && JobStatus =!= 3", `(${unless}) =!= true`)

/**
 * The job is not over, and no gridmanager is handing it over.
 */
export const live = unfinishedUnless(GridUniverse.handover)

/**
 * The job is not over. If it is being handed over, it has been idle for long, so that it most probably waits for a free place.
 */
export const liveAtLast = unfinishedUnless(GridUniverse.recentHandover)

/**
 * The job has completed, and its output is at the CE.
 */
export const completed = "JobStatus == 4"
