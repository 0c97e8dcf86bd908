/**
 * Errors of one job in an operation that removes or releases jobs.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { handle, reason } from "./Fields.ts"
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
  /** The job, as the caller named it. */
  handle,
  /**
   * The owner of the job at the compute element (HTCondor: `User`), for example `pilot@example.org`. It is `another identity`
   * if the ad does not name it.
   */
  owner: Schema.String.annotate({
    description:
      "The owner of the job at the compute element (HTCondor: User). It is \"another identity\" if the ad does not name it."
  })
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} belongs to ${this.owner}`
  }
}

/**
 * A release of the job does not help. The library did not release it, or the job was released and then held again or
 * removed.
 *
 * @category errors
 * @since 0.1.0
 */
export class ReleaseFutile extends Schema.TaggedError<ReleaseFutile>(id("ReleaseFutile"))("ReleaseFutile", {
  /** The job, as the caller named it. */
  handle,
  /** The state of the job now. */
  status: Schema.Union([JobStatus.cases.Held, JobStatus.cases.Removed]).annotate({
    description: "The state of the job now."
  }),
  /** A sentence that says what to do instead. */
  advice: Schema.String.annotate({ description: "A sentence that says what to do instead." }),
  /** `"AfterRepair"` by default. `"Later"` if the compute element did not release the job in time: release it again. */
  retry: byDefault("AfterRepair").annotate({
    description: "AfterRepair by default. Later if the compute element did not release the job in time."
  })
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
 * A submit host may be handing the job over to the compute element. Then cancel it again in a minute.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotRemovable extends Schema.TaggedError<NotRemovable>(id("NotRemovable"))("NotRemovable", {
  /** The job, as the caller named it. */
  handle,
  /** The reason. */
  detail: reason
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`job ${this.handle.job} was not removed: ${this.detail}`
  }
}
