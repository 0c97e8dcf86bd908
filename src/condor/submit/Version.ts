/**
 * The versions of the submit language.
 *
 * @since 0.1.0
 */

/** The version of `condor_submit`: `lts` is 23.9, and `latest` is 25.14. */
export type Version = "lts" | "latest"
