/**
 * The version of the package. This file imports nothing, so that `--version` loads nothing else.
 *
 * @since 0.1.0
 */

/**
 * The version, as in `package.json`.
 *
 * @category constants
 * @since 0.1.0
 */
export const version = "0.1.0"
