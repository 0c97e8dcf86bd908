/**
 * Versions of HTCondor, and since which of them the language of ClassAds is what it is.
 *
 * @since 0.1.0
 */

/**
 * The version of an HTCondor as it says it itself, of two numbers or more: `"25.0"`, `"23.10.1"`.
 *
 * @category models
 * @since 0.1.0
 */
export type Version = `${number}.${number}`

/**
 * The version whose language is meant where none is named.
 *
 * @category constants
 * @since 0.1.0
 */
export const current: Version = "25.14"

/**
 * Since which version a change holds.
 *
 * - `elvis`: `?:` binds like a dot, and its right side is looked at only where it is needed
 * - `selfReference`: an attribute that refers to itself is undefined, and does not end the evaluation; nor does what fails
 *   where it is not needed, to the right of `error &&` and on both sides of a conditional without a test
 * - `versionNames`: the names `versionGE`, `versionLE` and so on have no case
 *
 * @category constants
 * @since 0.1.0
 */
export const since = { elvis: "23.10.1", selfReference: "25.13", versionNames: "25.13.2" } as const satisfies Readonly<
  Record<string, Version>
>

/**
 * Whether a version is an earlier one. Numbers that are missing are 0.
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
