/**
 * What jobs must be when the schedd looks at them, to be removed.
 */
import * as Constraint from "../../../condor/Constraint.ts"
import * as GridUniverse from "../../../condor/GridUniverse.ts"

const unfinishedUnless = (unless: string): string =>
  Constraint.all("JobStatus =!= 4 && JobStatus =!= 3", `(${unless}) =!= true`)

/**
 * Not over, and not being handed over by a gridmanager.
 */
export const live = unfinishedUnless(GridUniverse.handover)

/**
 * Not over, and, if it is being handed over, idle for long: it most probably waits its turn.
 */
export const liveAtLast = unfinishedUnless(GridUniverse.recentHandover)

/**
 * Completed, with its output at the CE.
 */
export const completed = "JobStatus == 4"
