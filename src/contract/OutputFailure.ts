/**
 * Failures of one job when its output is fetched or given up.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { JobStatus } from "./JobStatus.ts"
import { line } from "./Line.ts"
import { byDefault, type Retry } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

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
 * The job is not held, so that there is nothing to release, and nothing that a held job has left. `status` is what it is instead.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotHeld extends Schema.TaggedError<NotHeld>(id("NotHeld"))("NotHeld", {
  handle: JobHandle,
  status: JobStatus
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} is not held, it is ${this.status._tag}`
  }
}

/**
 * The job is held, and has left nothing: its payload did not run, or what it wrote never reached the
 * scheduler that was asked: a submit host has nothing of a job that is held at the compute element. `code`,
 * `subcode` and `reason` are those of the hold.
 *
 * @category errors
 * @since 0.1.0
 */
export class NothingLeft extends Schema.TaggedError<NothingLeft>(id("NothingLeft"))("NothingLeft", {
  handle: JobHandle,
  code: Schema.Int,
  subcode: Schema.Int,
  reason: Schema.String
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} is held, and has left nothing that can be fetched (${this.code}/${this.subcode}): ${this.reason}`
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
 * The output is complete in `directory`, and the `deposit` of the caller failed, with the words of `detail`. The job was not released:
 * fetch again, to the same destination. The output is not transferred again, and is deposited.
 *
 * @category errors
 * @since 0.1.0
 */
export class DepositFailed extends Schema.TaggedError<DepositFailed>(id("DepositFailed"))("DepositFailed", {
  handle: JobHandle,
  directory: Schema.String,
  detail: Schema.String
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`the output of job ${this.handle.job} is in ${this.directory} and was not deposited: ${this.detail}`
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
