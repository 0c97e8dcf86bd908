/**
 * Errors of a query for one job.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { BackendError } from "./BackendError.ts"
import { handle } from "./Fields.ts"
import { JobStatus } from "./JobStatus.ts"
import { line } from "./Line.ts"
import { byDefault, type Retry } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * The handle belongs to another compute element than this backend, or to another schedd or route of it.
 *
 * @category errors
 * @since 0.1.0
 */
export class WrongEndpoint extends Schema.TaggedError<WrongEndpoint>(id("WrongEndpoint"))("WrongEndpoint", {
  /** The job, as the caller named it. */
  handle,
  /**
   * A description of what this backend serves: `<host>:<port> (<scheduler>)`, or words if it serves several CEs. Do not parse
   * it.
   */
  endpoint: Schema.String.annotate({
    description:
      "A description of what this backend serves: <host>:<port> (<scheduler>), or words if it serves several CEs."
  })
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} belongs to ${this.handle.endpoint} (${this.handle.scheduler}), not to ${this.endpoint}`
  }
}

/**
 * The library cannot understand the job's ad, or the handle.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnreadableJob extends Schema.TaggedError<UnreadableJob>(id("UnreadableJob"))("UnreadableJob", {
  /** The job, as the caller named it. */
  handle,
  /** The reason, as the end of a sentence about the job. */
  detail: Schema.String.annotate({ description: "The reason, as the end of a sentence about the job." }),
  /** `"Later"` by default. `"Never"` if the handle is the cause. */
  retry: byDefault("Later").annotate({ description: "Later by default. Never if the handle is the cause." })
}) {
  override get message(): string {
    return line`job ${this.handle.job}: ${this.detail}`
  }
}

/**
 * Another version of this library submitted the job, in a format that this version does not know. The job is unchanged.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedJobFormat
  extends Schema.TaggedError<UnsupportedJobFormat>(id("UnsupportedJobFormat"))("UnsupportedJobFormat", {
    /** The job, as the caller named it. */
    handle,
    /** The version of the format. Absent if the job names none. */
    format: Schema.optionalKey(
      Schema.Int.annotate({ description: "The version of the format. Absent if the job names none." })
    )
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`job ${this.handle.job} has ${
      this.format === undefined ? "an unknown format" : `format ${this.format}`
    }: use the version of the library that submitted it`
  }
}

/**
 * The compute element answered, and has no record of this job, neither in its queue nor in its history.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownJob extends Schema.TaggedError<UnknownJob>(id("UnknownJob"))("UnknownJob", {
  /** The job, as the caller named it. */
  handle
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`${this.handle.endpoint} knows no job ${this.handle.job} of submission ${this.handle.key}`
  }
}

/**
 * The job is not in the queue of the compute element, and the history does not show how it ended.
 *
 * @category errors
 * @since 0.1.0
 */
export class HistoryUnavailable
  extends Schema.TaggedError<HistoryUnavailable>(id("HistoryUnavailable"))("HistoryUnavailable", {
    /** The job, as the caller named it. */
    handle,
    /**
     * The reason: the compute element does not show its history, or did not answer this time, or the job left before the
     * part of the history that is searched (`historyDepth`).
     */
    detail: Schema.String.annotate({
      description:
        "The reason: the compute element does not show its history, or did not answer, or the job left before the part that is searched."
    }),
    /** `true` if the query of the history failed and may succeed later. */
    temporary: Schema.Boolean.annotate({
      description: "true if the query of the history failed and may succeed later."
    })
  })
{
  get retry(): Retry {
    return this.temporary ? "Later" : "AfterRepair"
  }
  override get message(): string {
    return line`job ${this.handle.job} is not in the queue of ${this.handle.endpoint}, and the history is unavailable: ${this.detail}`
  }
}

/**
 * The part of the call that concerns this job failed. Other jobs have their own outcomes. After `cancel`, `purge` or `release`
 * the compute element may have acted on the job nevertheless: call again.
 *
 * @category errors
 * @since 0.1.0
 */
export class StatusUnavailable
  extends Schema.TaggedError<StatusUnavailable>(id("StatusUnavailable"))("StatusUnavailable", {
    /** The job, as the caller named it. */
    handle,
    /** The error of that part. Its `retry` is the one of this error. */
    error: BackendError.annotate({ description: "The error of that part of the call." })
  })
{
  get retry(): Retry {
    return this.error.retry
  }
  override get message(): string {
    return line`the call failed for job ${this.handle.job}: ${this.error.message}`
  }
}

/**
 * The job has ended, and no status of it met the condition of `waitFor`.
 *
 * @category errors
 * @since 0.1.0
 */
export class EndedOtherwise extends Schema.TaggedError<EndedOtherwise>(id("EndedOtherwise"))("EndedOtherwise", {
  /** The job, as the caller named it. */
  handle,
  /** Its last status, which is terminal. */
  status: JobStatus.annotate({ description: "Its last status, which is terminal." })
}) {
  readonly retry = "Never"
  override get message(): string {
    const reason = "reason" in this.status ? `: ${this.status.reason}` : ""
    return line`job ${this.handle.job} has ended without meeting the condition, it is ${this.status._tag}${reason}`
  }
}

/**
 * The job did not meet the condition of `waitFor` within its `timeout`.
 *
 * @category errors
 * @since 0.1.0
 */
export class WaitTimedOut extends Schema.TaggedError<WaitTimedOut>(id("WaitTimedOut"))("WaitTimedOut", {
  /** The job, as the caller named it. */
  handle,
  /** The `timeout`, in seconds. */
  seconds: Schema.Finite.annotate({ description: "The timeout, in seconds." }),
  /** Its last status. Absent if no query returned one. */
  status: Schema.optionalKey(JobStatus.annotate({ description: "Its last status. Absent if no query returned one." }))
}) {
  readonly retry = "Later"
  override get message(): string {
    const { handle, seconds, status } = this
    const reason = status !== undefined && "reason" in status ? `: ${status.reason}` : ""
    return line`job ${handle.job} did not meet the condition within ${seconds} s, ${
      status === undefined ? "and no status was received" : `it is ${status._tag}`
    }${reason}`
  }
}
