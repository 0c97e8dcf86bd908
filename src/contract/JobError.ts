/**
 * Failures of one job in an operation on many: the neighbours are not affected.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
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
 * The job has not completed, so that there is no output to fetch, or nothing to purge. Its output is untouched.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFinished extends Schema.TaggedError<NotFinished>(id("NotFinished"))("NotFinished", {
  handle: JobHandle,
  status: JobStatus
}) {
  get retry(): Retry {
    return this.status._tag === "Held" ? "AfterRepair" : "Later"
  }
  override get message(): string {
    const reason = "reason" in this.status ? `: ${this.status.reason}` : ""
    return line`job ${this.handle.job} has not completed, it is ${this.status._tag}${reason}`
  }
}

/**
 * The output was fetched before, at `retrievedAt`. `manifest` is the path of its manifest, if that and all the files that it
 * names are at the destination. `released` is `false` where the job is still at the compute element, which could not release
 * it.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyRetrieved extends Schema.TaggedError<AlreadyRetrieved>(id("AlreadyRetrieved"))("AlreadyRetrieved", {
  handle: JobHandle,
  retrievedAt: Schema.DateTimeUtcFromString,
  manifest: Schema.optionalKey(Schema.String),
  released: Schema.optionalKey(Schema.Literal(false))
}) {
  readonly retry = "Never"
  override get message(): string {
    const place = this.manifest === undefined ? "" : `, see ${this.manifest}`
    const rest = this.released === false ? "; the compute element did not release the job" : ""
    return line`the output of job ${this.handle.job} was retrieved at ${
      DateTime.formatIso(this.retrievedAt)
    }${place}${rest}`
  }
}

/**
 * There is no output any more, and nobody is known to have fetched it: the job was removed, purged, or expired.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutputMissing extends Schema.TaggedError<OutputMissing>(id("OutputMissing"))("OutputMissing", {
  handle: JobHandle,
  detail: Schema.String
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} has no output: ${this.detail}`
  }
}

/**
 * The output is more than the deployment accepts: in bytes, in files (or directories), in bytes for which there is room at
 * the destination, or in seconds of transfer. It is still at the compute element, and nothing of it is at the destination.
 *
 * **Details**
 *
 * `actual` is what there was when the limit was reached. The transfer was stopped then, or counting ended: there may be more.
 *
 * @category errors
 * @since 0.1.0
 */
export class LimitExceeded extends Schema.TaggedError<LimitExceeded>(id("LimitExceeded"))("LimitExceeded", {
  handle: JobHandle,
  limit: Schema.Literals(["maxBytes", "maxFiles", "minFreeBytes", "jobTransferTimeout"]),
  allowed: Schema.Natural,
  actual: Schema.Natural
}) {
  get retry(): Retry {
    return this.limit === "jobTransferTimeout" ? "Later" : "AfterRepair"
  }
  override get message(): string {
    const { actual, allowed, handle, limit } = this
    return line`the output of job ${handle.job} exceeds ${limit}: ${
      limit === "jobTransferTimeout"
        ? `stopped after ${actual} seconds`
        : `${actual} of ${allowed} ${limit === "maxFiles" ? "files" : "bytes"} allowed`
    }`
  }
}

/**
 * The output could not be brought to its destination, or it is there and could not be put on stable storage. The job was not
 * released for it: fetch again.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransferFailed extends Schema.TaggedError<TransferFailed>(id("TransferFailed"))("TransferFailed", {
  handle: JobHandle,
  detail: Schema.String,
  retry: byDefault("Later")
}) {
  override get message(): string {
    return line`the output of job ${this.handle.job} was not transferred: ${this.detail}`
  }
}

/**
 * Something that is not the output of this job stands at `directory`, where its output belongs. Move it away and fetch again:
 * the output is still at the compute element.
 *
 * @category errors
 * @since 0.1.0
 */
export class DestinationTaken extends Schema.TaggedError<DestinationTaken>(id("DestinationTaken"))("DestinationTaken", {
  handle: JobHandle,
  directory: Schema.String
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.directory} exists and is not the output of job ${this.handle.job}`
  }
}

/**
 * The manifest where the output of this job belongs has a version that this library cannot read, or none (`"none"`). Fetch with
 * the version of the library that wrote the manifest.
 *
 * **Gotchas**
 *
 * The job may have left the compute element: then what stands beside the manifest is the only copy of its output. Do not remove
 * that directory. While the job is still there, a fetch to another destination brings its output, too.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedManifest
  extends Schema.TaggedError<UnsupportedManifest>(id("UnsupportedManifest"))("UnsupportedManifest", {
    handle: JobHandle,
    manifest: Schema.String,
    version: Schema.String
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`the manifest ${this.manifest} of job ${this.handle.job} has version ${this.version}, which cannot be read`
  }
}

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

/**
 * What can fail for one job when its status is asked.
 *
 * @category errors
 * @since 0.1.0
 */
export const StatusError = Schema.Union([
  WrongEndpoint,
  UnreadableJob,
  UnsupportedJobFormat,
  HistoryUnavailable,
  StatusUnavailable
])

/**
 * @category errors
 * @since 0.1.0
 */
export type StatusError = typeof StatusError.Type

/**
 * What can fail for one job when its output is fetched from a backend that keeps it until it is purged.
 *
 * @category errors
 * @since 0.1.0
 */
export const RepeatableFetchError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotFinished,
  OutputMissing,
  LimitExceeded,
  TransferFailed,
  DestinationTaken,
  UnsupportedManifest,
  NotOwner
])

/**
 * @category errors
 * @since 0.1.0
 */
export type RepeatableFetchError = typeof RepeatableFetchError.Type

/**
 * What can fail for one job when its output is fetched from a backend that gives it once.
 *
 * @category errors
 * @since 0.1.0
 */
export const FetchError = Schema.Union([
  ...RepeatableFetchError.members,
  AlreadyRetrieved
])

/**
 * @category errors
 * @since 0.1.0
 */
export type FetchError = typeof FetchError.Type

/**
 * What can fail for one job when it is cancelled.
 *
 * @category errors
 * @since 0.1.0
 */
export const CancelError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotOwner,
  NotRemovable
])

/**
 * @category errors
 * @since 0.1.0
 */
export type CancelError = typeof CancelError.Type

/**
 * What can fail for one job when its output is given up.
 *
 * @category errors
 * @since 0.1.0
 */
export const PurgeError = Schema.Union([
  ...StatusError.members,
  UnknownJob,
  NotFinished,
  NotOwner,
  NotRemovable
])

/**
 * @category errors
 * @since 0.1.0
 */
export type PurgeError = typeof PurgeError.Type
