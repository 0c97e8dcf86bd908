/**
 * Whom a schedd takes a client for, and so whose jobs are the client's own.
 *
 * @since 0.1.0
 */
import * as Constraint from "./Constraint.ts"
import type { JobAd } from "./JobAd.ts"

/**
 * - `condition`: that a job is the owner's, for a schedd
 * - `owns`: the same, of an ad
 * - `isOther`: that an ad says that its job is somebody else's. One that cannot be read may say nothing
 *
 * @category models
 * @since 0.1.0
 */
export interface Owner {
  readonly condition: string
  owns(ad: Pick<JobAd, "User" | "Owner">): boolean
  isOther(ad: Pick<JobAd, "User" | "Owner">): boolean
}

/**
 * The owner of a name, as the schedd has it; `undefined` for one that no constraint can carry.
 *
 * **Details**
 *
 * A 23.x schedd tells its users apart by `Owner`. A 25.x schedd does so by `User`, which has a domain.
 *
 * @category constructors
 * @since 0.1.0
 */
export const fromName = (name: string): Owner | undefined => {
  const attribute = name.includes("@") ? "User" : "Owner"
  const literal = Constraint.stringLiteral(name)
  return literal === undefined
    ? undefined
    : {
      condition: `${attribute} =?= ${literal}`,
      owns: (ad) => ad[attribute] === name,
      isOther: (ad) => (ad[attribute] ?? name) !== name
    }
}
