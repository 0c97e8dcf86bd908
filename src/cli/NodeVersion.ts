/**
 * The versions of Node that this package supports. This file imports nothing, because an import may already fail in an old one.
 *
 * @since 0.1.0
 */

/**
 * The oldest supported version, as in `engines` of `package.json`.
 *
 * @category constants
 * @since 0.1.0
 */
export const minimum = "22.19"

/**
 * Why a version is not supported, or undefined if it is.
 *
 * @category guards
 * @since 0.1.0
 */
export const complaint = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const [leastMajor = 0, leastMinor = 0] = minimum.split(".").map(Number)
  return major > leastMajor || major === leastMajor && minor >= leastMinor
    ? undefined
    : `Node ${version} is too old: this package needs ${minimum} or later`
}
