/**
 * Failures of a whole operation: nothing is known of any of its jobs.
 *
 * @since 0.1.0
 */
export * from "./BackendFailure.ts"
export { Report } from "./Report.ts"
export * from "./SubmitError.ts"
