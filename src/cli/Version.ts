/**
 * The version of the package. Nothing is imported here, because it is printed without anything else.
 *
 * @since 0.1.0
 */

/**
 * The version, as `package.json` has it.
 *
 * @category constants
 * @since 0.1.0
 */
export const version = "0.1.0"
