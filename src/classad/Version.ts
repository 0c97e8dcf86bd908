/**
 * Versions of HTCondor, and their changes of the ClassAd language.
 *
 * @since 0.1.0
 */

/**
 * A version of HTCondor, with two or more numbers: `"25.0"`, `"23.10.1"`.
 *
 * @category models
 * @since 0.1.0
 */
export type Version = `${number}.${number}`

/**
 * The default version.
 *
 * @category constants
 * @since 0.1.0
 */
export const current: Version = "25.14"

/**
 * The first version with each change.
 *
 * - `elvis`: `?:` binds like a dot, and its right side is evaluated only if it is needed
 * - `selfReference`: an attribute that refers to itself is undefined, and does not end the evaluation. An operand that is not
 *   needed and fails does not end it either: to the right of `error &&`, and on both sides of a conditional
 *   whose condition is undefined or an error.
 * - `versionNames`: the case of `versionGE`, `versionLE` and similar names does not count
 *
 * @category constants
 * @since 0.1.0
 */
export const since = { elvis: "23.10.1", selfReference: "25.13", versionNames: "25.13.2" } as const satisfies Readonly<
  Record<string, Version>
>

/**
 * Whether a version is earlier than another one. Missing numbers are 0.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isBefore = (version: string, other: string): boolean => {
  const [left, right] = [version.split(".").map(Number), other.split(".").map(Number)]
  const at = left.findIndex((number, index) => number !== (right[index] ?? 0))
  return at < 0 ? right.slice(left.length).some((number) => number > 0) : (left[at] ?? 0) < (right[at] ?? 0)
}

/**
 * Whether a version has a change.
 *
 * @category predicates
 * @since 0.1.0
 */
export const has = (version: Version, change: keyof typeof since): boolean => !isBefore(version, since[change])
