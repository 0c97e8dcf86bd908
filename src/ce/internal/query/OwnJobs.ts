/**
 * Selects the jobs of a queue that belong to this library and to one CE.
 */
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { ResolvedRoute } from "../../Route.ts"

/**
 * The part of a route that identifies the jobs of its CE.
 */
export type Place = Pick<ResolvedRoute, "resources">

/**
 * The conditions that a job with any submission key belongs to this CE. A submit host also has jobs for other CEs, and a
 * JobRouter copies the key to the jobs that it makes.
 */
export const here = ({ resources }: Place): ReadonlyArray<string> => [
  OwnAttributes.isNoRoutedCopy,
  ...(resources === undefined ? [] : [GridUniverse.isFor(resources)])
]
