/**
 * Failures of a question for one job.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { BackendError } from "./BackendError.ts"
import { JobHandle } from "./JobHandle.ts"
import { JobStatus } from "./JobStatus.ts"
import { line } from "./Line.ts"
import { byDefault, type Retry } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * The handle belongs to another compute element than the one asked.
 *
 * @category errors
 * @since 0.1.0
 */
export class WrongEndpoint extends Schema.TaggedError<WrongEndpoint>(id("WrongEndpoint"))("WrongEndpoint", {
  handle: JobHandle,
  endpoint: Schema.String
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} belongs to ${this.handle.endpoint} (${this.handle.scheduler}), not to ${this.endpoint}`
  }
}

/**
 * The compute element describes the job in a way that cannot be understood, or the handle does.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnreadableJob extends Schema.TaggedError<UnreadableJob>(id("UnreadableJob"))("UnreadableJob", {
  handle: JobHandle,
  detail: Schema.String,
  retry: byDefault("Later")
}) {
  override get message(): string {
    return line`job ${this.handle.job}: ${this.detail}`
  }
}

/**
 * The job was written by another version of this library, whose format this one does not know. It is untouched. `format` is
 * absent where the job names none.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedJobFormat
  extends Schema.TaggedError<UnsupportedJobFormat>(id("UnsupportedJobFormat"))("UnsupportedJobFormat", {
    handle: JobHandle,
    format: Schema.optionalKey(Schema.Int)
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
 * The compute element answered, and knows nothing of this job, neither in its queue nor in its history.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownJob extends Schema.TaggedError<UnknownJob>(id("UnknownJob"))("UnknownJob", {
  handle: JobHandle
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`${this.handle.endpoint} knows no job ${this.handle.job} of submission ${this.handle.key}`
  }
}

/**
 * The job has left the queue of the compute element, and what became of it cannot be told: the compute element does not
 * show its history, or the job left longer ago than the history is read, or, if that is `temporary`, it did not answer this
 * time.
 *
 * @category errors
 * @since 0.1.0
 */
export class HistoryUnavailable
  extends Schema.TaggedError<HistoryUnavailable>(id("HistoryUnavailable"))("HistoryUnavailable", {
    handle: JobHandle,
    detail: Schema.String,
    temporary: Schema.Boolean
  })
{
  get retry(): Retry {
    return this.temporary ? "Later" : "AfterRepair"
  }
  override get message(): string {
    return line`job ${this.handle.job} is not in the queue of ${this.handle.endpoint}, and its history tells nothing: ${this.detail}`
  }
}

/**
 * The question for this job failed, while others of the same call were answered. `error` says what failed it.
 *
 * @category errors
 * @since 0.1.0
 */
export class StatusUnavailable
  extends Schema.TaggedError<StatusUnavailable>(id("StatusUnavailable"))("StatusUnavailable", {
    handle: JobHandle,
    error: BackendError
  })
{
  get retry(): Retry {
    return this.error.retry
  }
  override get message(): string {
    return line`job ${this.handle.job} could not be asked for: ${this.error.message}`
  }
}

/**
 * The job has ended, and was never seen as the caller waited for it to be. `status` says how it ended.
 *
 * @category errors
 * @since 0.1.0
 */
export class EndedOtherwise extends Schema.TaggedError<EndedOtherwise>(id("EndedOtherwise"))("EndedOtherwise", {
  handle: JobHandle,
  status: JobStatus
}) {
  readonly retry = "Never"
  override get message(): string {
    const reason = "reason" in this.status ? `: ${this.status.reason}` : ""
    return line`job ${this.handle.job} will not come that far, it is ${this.status._tag}${reason}`
  }
}

/**
 * The job was not so far when the caller's time was up. `status` is what it was last; absent where nothing was heard of it.
 *
 * @category errors
 * @since 0.1.0
 */
export class WaitTimedOut extends Schema.TaggedError<WaitTimedOut>(id("WaitTimedOut"))("WaitTimedOut", {
  handle: JobHandle,
  seconds: Schema.Finite,
  status: Schema.optionalKey(JobStatus)
}) {
  readonly retry = "Later"
  override get message(): string {
    const { handle, seconds, status } = this
    const reason = status !== undefined && "reason" in status ? `: ${status.reason}` : ""
    return line`job ${handle.job} is not so far after ${seconds} s, ${
      status === undefined ? "and nothing was heard of it" : `it is ${status._tag}`
    }${reason}`
  }
}
