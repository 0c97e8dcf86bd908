/**
 * Which jobs of a queue are those of this library and of one CE.
 */
import * as GridUniverse from "../../../condor/GridUniverse.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { ResolvedRoute } from "../../Route.ts"

/**
 * What says which jobs of the queue are of this CE.
 */
export type Place = Pick<ResolvedRoute, "resources">

/**
 * The conditions that a job with any submission key is one of this CE. A submit host has jobs for others, too; and a JobRouter gives
 * the key to the copies that it makes.
 */
export const here = ({ resources }: Place): ReadonlyArray<string> => [
  OwnAttributes.isNoRoutedCopy,
  ...(resources === undefined ? [] : [GridUniverse.isFor(resources)])
]
