/**
 * Whose reading of the submit language it is.
 *
 * @since 0.1.0
 */

/** The versions of `condor_submit` that are known here: 23.9 and 25.14. */
export type Version = "lts" | "latest"
