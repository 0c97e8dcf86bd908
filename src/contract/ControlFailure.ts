/**
 * Failures of one job that is to be changed or removed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { line } from "./Line.ts"

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
