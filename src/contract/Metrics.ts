/**
 * What a backend counts and measures, as metrics of Effect: `docs/observability.md` has the table. Names and attributes are
 * stable. No attribute is a key or a job: there are as many series as there are CEs, times a few.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Jobs that are watched, by `endpoint` and `status`: set with each answer to `watch`, and without a question of its own. A job
 * that has ended is in none.
 *
 * @category metrics
 * @since 0.1.0
 */
export const jobs = Metric.gauge("htcondor_ce_jobs", {
  description: "Jobs that are watched and have not ended, by status"
})

/**
 * Jobs of submissions that succeeded, by `endpoint` and `adopted`: `true` where they were there already under their key.
 *
 * @category metrics
 * @since 0.1.0
 */
export const submitted = Metric.counter("htcondor_ce_jobs_submitted_total", {
  description: "Jobs of submissions that succeeded, submitted anew or adopted",
  incremental: true
})

/**
 * Jobs that a watch has seen to end, by `endpoint`, `status` and `exit`: `success` is an exit code of 0, `failure` another one,
 * `signal`, `unknown`, and `none` of jobs that did not complete. A job that has ended before it is watched counts when it is
 * watched, and again when it is watched again.
 *
 * @category metrics
 * @since 0.1.0
 */
export const ended = Metric.counter("htcondor_ce_jobs_ended_total", {
  description: "Jobs that a watch has seen to end, by status and exit",
  incremental: true
})

/**
 * Holds that a watch has seen to begin, by `endpoint`, `code` and `cause`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const held = Metric.counter("htcondor_ce_holds_total", {
  description: "Holds that a watch has seen to begin, by HoldReasonCode",
  incremental: true
})

/**
 * Seconds from when a watch saw a job wait first to when it saw it started first, by `endpoint`. What a job waited before it was
 * watched is not in it, and the pause between two questions is its error.
 *
 * @category metrics
 * @since 0.1.0
 */
export const queueTime = Metric.histogram("htcondor_ce_queue_seconds", {
  description: "Seconds that watched jobs were seen to wait before they started",
  boundaries: [10, 30, 60, 300, 600, 1800, 3600, 10_800, 43_200, 86_400, 259_200]
})

/**
 * Answers of `fetch`, by `endpoint` and `outcome`: `Retrieved`, or the tag of the job's error.
 *
 * @category metrics
 * @since 0.1.0
 */
export const retrieved = Metric.counter("htcondor_ce_outputs_total", {
  description: "Answers to a fetch of a job's output, by outcome",
  incremental: true
})

/**
 * Bytes of output that was retrieved, by `endpoint`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const outputBytes = Metric.counter("htcondor_ce_output_bytes_total", {
  description: "Bytes of output that was retrieved",
  incremental: true
})

const operationBoundaries = [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800]

/**
 * Seconds that an operation took, by `endpoint`, `operation` and `outcome`: `Success`, the tag of its error, `Interrupted` or
 * `Defect`. Its count is how often that happened.
 *
 * @category metrics
 * @since 0.1.0
 */
export const operations = Metric.histogram("htcondor_ce_operation_seconds", {
  description: "Seconds that an operation took, by outcome",
  boundaries: operationBoundaries
})

/**
 * Jobs that an operation answered with an error, by `endpoint`, `operation` and `error`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const jobErrors = Metric.counter("htcondor_ce_job_errors_total", {
  description: "Jobs that an operation answered with an error, by the error's tag",
  incremental: true
})

/**
 * Seconds that a tool ran, by `endpoint`, `tool` and `outcome`: `Exited` where its exit code is not 0, `Success`, or the tag of
 * what kept it from ending.
 *
 * @category metrics
 * @since 0.1.0
 */
export const tools = Metric.histogram("htcondor_ce_tool_seconds", {
  description: "Seconds that a tool of HTCondor ran, by outcome",
  boundaries: operationBoundaries
})

/**
 * Seconds that a tool waited for its turn, by `endpoint` and `work`: `Question` or `Transfer`.
 *
 * @category metrics
 * @since 0.1.0
 */
export const toolWaiting = Metric.histogram("htcondor_ce_tool_wait_seconds", {
  description: "Seconds that a tool of HTCondor waited for its turn",
  boundaries: operationBoundaries
})

/**
 * When the credential that is shown expires, in seconds since the epoch, by `endpoint` and `kind`. There is none of a
 * credential that does not say.
 *
 * @category metrics
 * @since 0.1.0
 */
export const credentialExpiry = Metric.gauge("htcondor_ce_credential_expiry_timestamp_seconds", {
  description: "When the credential that is shown expires, in seconds since the epoch"
})

/**
 * Duplicates of a submission that were removed, by `endpoint`: somebody submitted with one key twice.
 *
 * @category metrics
 * @since 0.1.0
 */
export const duplicates = Metric.counter("htcondor_ce_duplicates_resolved_total", {
  description: "Duplicates of a submission that were removed",
  incremental: true
})
