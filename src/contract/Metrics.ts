/**
 * The metrics of a backend, as metrics of Effect. `docs/observability.md` has the table. Names and attributes are stable. No
 * attribute is a key or a job, so there are only a few series per CE.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Jobs that are watched and have not ended, by `endpoint` and `status`. Each query of a watch updates it, and it causes no
 * query.
 *
 * @category metrics
 * @since 0.1.0
 */
export const jobs = Metric.gauge("htcondor_ce_jobs", {
  description: "Jobs that are watched and have not ended, by status"
})

/**
 * Jobs of submissions that succeeded, by `endpoint` and `adopted`: `true` for jobs that existed already under their key.
 *
 * @category metrics
 * @since 0.1.0
 */
export const submitted = Metric.counter("htcondor_ce_jobs_submitted_total", {
  description: "Jobs of submissions that succeeded, submitted or adopted",
  incremental: true
})

/**
 * Jobs that a watch has seen to end, by `endpoint`, `status` and `exit`. `exit` is `success` for exit code 0, `failure` for
 * another code, `signal`, `unknown`, or `none` for jobs that did not complete. A job that ended before the watch counts
 * when the watch first sees it, and again for each later watch.
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
 * Seconds from the first time that a watch saw a job wait to the first time that it saw the job started, by `endpoint`. It
 * does not include the wait before the watch. Its error is the pause between two queries.
 *
 * @category metrics
 * @since 0.1.0
 */
export const queueTime = Metric.histogram("htcondor_ce_queue_seconds", {
  description: "Seconds that watched jobs were seen to wait before they started",
  boundaries: [10, 30, 60, 300, 600, 1800, 3600, 10_800, 43_200, 86_400, 259_200]
})

/**
 * Outcomes of `fetch`, by `endpoint` and `outcome`: `Retrieved`, or the tag of the job's error.
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
 * `Defect`. The count of the histogram is the number of operations.
 *
 * @category metrics
 * @since 0.1.0
 */
export const operations = Metric.histogram("htcondor_ce_operation_seconds", {
  description: "Seconds that an operation took, by outcome",
  boundaries: operationBoundaries
})

/**
 * Jobs whose outcome was an error, by `endpoint`, `operation` and `error` (its tag).
 *
 * @category metrics
 * @since 0.1.0
 */
export const jobErrors = Metric.counter("htcondor_ce_job_errors_total", {
  description: "Jobs that an operation answered with an error, by the error's tag",
  incremental: true
})

/**
 * Seconds that a tool ran, by `endpoint`, `tool` and `outcome`: `Success`, `Exited` if its exit code is not 0, or the tag of
 * the error that ended it.
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
 * The expiry of the credential in use, in seconds since the epoch, by `endpoint` and `kind`. A credential without an expiry
 * has no series.
 *
 * @category metrics
 * @since 0.1.0
 */
export const credentialExpiry = Metric.gauge("htcondor_ce_credential_expiry_timestamp_seconds", {
  description: "When the credential that is shown expires, in seconds since the epoch"
})

/**
 * Duplicates of a submission that were removed, by `endpoint`. They arise when two clients submit with one key.
 *
 * @category metrics
 * @since 0.1.0
 */
export const duplicates = Metric.counter("htcondor_ce_duplicates_resolved_total", {
  description: "Duplicates of a submission that were removed",
  incremental: true
})
