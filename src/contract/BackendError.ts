/**
 * Errors of a whole operation. They say nothing about single jobs.
 *
 * @since 0.1.0
 */
export * from "./BackendFailure.ts"
export { Report } from "./Report.ts"
export * from "./SubmitError.ts"
