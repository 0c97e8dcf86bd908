/**
 * Failures of one job that is to be changed or removed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { JobStatus } from "./JobStatus.ts"
import { line } from "./Line.ts"
import { byDefault } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * The job belongs to another identity.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotOwner extends Schema.TaggedError<NotOwner>(id("NotOwner"))("NotOwner", {
  handle: JobHandle,
  owner: Schema.String
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} belongs to ${this.owner}`
  }
}

/**
 * A release of the job does not help. It was not released, or it was, and was held again or removed: `status` says how it is now,
 * and `advice` what to do instead.
 *
 * **Details**
 *
 * `retry` is `Later` where the job can be released, and the compute element did not do so in time: release it again.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReleaseFutile extends Schema.TaggedError<ReleaseFutile>(id("ReleaseFutile"))("ReleaseFutile", {
  handle: JobHandle,
  status: Schema.Union([JobStatus.cases.Held, JobStatus.cases.Removed]),
  advice: Schema.String,
  retry: byDefault("AfterRepair")
}) {
  override get message(): string {
    const { advice, handle, status } = this
    const why = this.retry === "Later"
      ? `job ${handle.job} was not released in time`
      : `a release of job ${handle.job} does not help`
    return line`${why}, it is ${status._tag}: ${status.reason}; ${advice}`
  }
}

/**
 * The compute element did not remove the job.
 *
 * **Details**
 *
 * `detail` says why. A job that a submit host is handing over to the compute element can be cancelled again in a minute.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotRemovable extends Schema.TaggedError<NotRemovable>(id("NotRemovable"))("NotRemovable", {
  handle: JobHandle,
  detail: Schema.String
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`job ${this.handle.job} was not removed: ${this.detail}`
  }
}
