/**
 * Which Node this package runs on. Nothing is imported here, because an older one may fail at that already.
 *
 * @since 0.1.0
 */

/**
 * The oldest version that will do, as `engines` in `package.json` says.
 *
 * @category constants
 * @since 0.1.0
 */
export const minimum = "22.19"

/**
 * Why a version will not do, or undefined if it will.
 *
 * @category guards
 * @since 0.1.0
 */
export const complaint = (version: string): string | undefined => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const [leastMajor = 0, leastMinor = 0] = minimum.split(".").map(Number)
  return major > leastMajor || major === leastMajor && minor >= leastMinor
    ? undefined
    : `Node ${version} is too old: ${minimum} or later is needed`
}
