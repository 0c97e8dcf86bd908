/**
 * The owner that a schedd sees in a client, and the jobs that belong to this owner.
 *
 * @since 0.1.0
 */
import * as Constraint from "./Constraint.ts"
import type { JobAd } from "./JobAd.ts"

/**
 * The owner of jobs at a schedd.
 *
 * @category models
 * @since 0.1.0
 */
export interface Owner {
  /** The ClassAd expression that selects the owner's jobs. */
  readonly condition: string
  /** Whether an ad names this owner. */
  owns(ad: Pick<JobAd, "User" | "Owner">): boolean
  /** Whether an ad names another owner. An ad that cannot be read may name none. */
  isOther(ad: Pick<JobAd, "User" | "Owner">): boolean
}

/**
 * Makes the owner for a name as the schedd gives it. It returns `undefined` for a name that no constraint can carry.
 *
 * **Details**
 *
 * A 23.x schedd distinguishes its users by `Owner`. A 25.x schedd does so by `User`, which has a domain.
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
