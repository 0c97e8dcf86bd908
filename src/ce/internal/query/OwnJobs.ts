/**
 * Which jobs of a queue are those of this library and of one CE.
 */
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import type { ResolvedRoute } from "../../Route.ts"

/**
 * What says which jobs of the queue are of this CE.
 */
export type Place = Pick<ResolvedRoute, "resources">

/**
 * The conditions that a job with any submission key is one of this CE. A submit host has jobs for others, too; and a JobRouter may give
 * the key to the job that it makes of another one, in the same queue, which is the same job once more.
 */
export const here = ({ resources }: Place): ReadonlyArray<string> => [
  "RoutedFromJobId =?= undefined",
  ...(resources === undefined ? [] : [GridUniverse.isFor(resources)])
]
