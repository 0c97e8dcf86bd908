/**
 * Errors of one job in an operation that fetches or purges output.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { handle, reason, time } from "./Fields.ts"
import { JobStatus } from "./JobStatus.ts"
import { line } from "./Line.ts"
import { byDefault, type Retry } from "./Retry.ts"

const id = (name: string) => `effect-htcondor-ce/${name}`

/**
 * The job has not completed, so there is no output to fetch or to purge. The job is unchanged.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotFinished extends Schema.TaggedError<NotFinished>(id("NotFinished"))("NotFinished", {
  /** The job, as the caller named it. */
  handle,
  /** Its status. If it is `Held`, `retry` is `AfterRepair`, else `Later`. */
  status: JobStatus.annotate({ description: "Its status. If it is Held, retry is AfterRepair, else Later." })
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
 * The job is not held, so there is nothing to release, and there are no files of a held job.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotHeld extends Schema.TaggedError<NotHeld>(id("NotHeld"))("NotHeld", {
  /** The job, as the caller named it. */
  handle,
  /** Its status. */
  status: JobStatus.annotate({ description: "Its status." })
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} is not held, it is ${this.status._tag}`
  }
}

/**
 * The job is held, and the scheduler has none of its output, at most its event log. Its payload did not run, or its files never reached the
 * scheduler. A submit host has no files of a job that is held at the compute element.
 *
 * @category errors
 * @since 0.1.0
 */
export class NothingLeft extends Schema.TaggedError<NothingLeft>(id("NothingLeft"))("NothingLeft", {
  /** The job, as the caller named it. */
  handle,
  /** The `HoldReasonCode` of the hold. */
  code: Schema.Int.annotate({ description: "The HoldReasonCode of the hold." }),
  /** The `HoldReasonSubCode` of the hold. */
  subcode: Schema.Int.annotate({ description: "The HoldReasonSubCode of the hold." }),
  /** The `HoldReason` of the hold. */
  reason: Schema.String.annotate({ description: "The HoldReason of the hold." })
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} is held, and has left nothing that can be fetched (${this.code}/${this.subcode}): ${this.reason}`
  }
}

/**
 * The output was fetched before.
 *
 * @category errors
 * @since 0.1.0
 */
export class AlreadyRetrieved extends Schema.TaggedError<AlreadyRetrieved>(id("AlreadyRetrieved"))("AlreadyRetrieved", {
  /** The job, as the caller named it. */
  handle,
  /** The time of that fetch. */
  retrievedAt: time("The time of that fetch."),
  /**
   * The path of the manifest, for `JobOutput.fromManifest`. Absent if the manifest, or a file that it names, is not at
   * the destination.
   */
  manifest: Schema.optionalKey(Schema.String.annotate({
    description: "The path of the manifest. Absent if the manifest, or a file that it names, is not at the destination."
  })),
  /** `false` if the job is still at the compute element, because its removal failed. Else absent. */
  released: Schema.optionalKey(
    Schema.Literal(false).annotate({ description: "false if the job is still at the compute element. Else absent." })
  )
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
 * The output is gone, and no fetch of it is recorded. The job was removed, purged, or expired.
 *
 * @category errors
 * @since 0.1.0
 */
export class OutputMissing extends Schema.TaggedError<OutputMissing>(id("OutputMissing"))("OutputMissing", {
  /** The job, as the caller named it. */
  handle,
  /** The reason. */
  detail: reason
}) {
  readonly retry = "Never"
  override get message(): string {
    return line`job ${this.handle.job} has no output: ${this.detail}`
  }
}

/**
 * The output exceeds a limit of this deployment. It is still at the compute element, and nothing of it is at the
 * destination.
 *
 * @category errors
 * @since 0.1.0
 */
export class LimitExceeded extends Schema.TaggedError<LimitExceeded>(id("LimitExceeded"))("LimitExceeded", {
  /** The job, as the caller named it. */
  handle,
  /** The limit, a field of `Limits`. If it is `jobTransferTimeout`, `retry` is `Later`, else `AfterRepair`. */
  limit: Schema.Literals(["maxBytes", "maxFiles", "minFreeBytes", "jobTransferTimeout"]).annotate({
    description: "The limit. If it is jobTransferTimeout, retry is Later, else AfterRepair."
  }),
  /** The value of the limit: bytes, files or directories (the larger count), or seconds. For `minFreeBytes` the bytes with room. */
  allowed: Schema.Natural.annotate({
    description:
      "The value of the limit: bytes, files or directories (the larger count), or seconds. For minFreeBytes the bytes with room."
  }),
  /** The amount when the transfer was stopped, or the count ended. The whole output may be larger. */
  actual: Schema.Natural.annotate({
    description: "The amount when the transfer was stopped, or the count ended. The whole output may be larger."
  })
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
 * The output did not reach its destination, or could not be put on stable storage there. The job is still at the compute
 * element: fetch again.
 *
 * @category errors
 * @since 0.1.0
 */
export class TransferFailed extends Schema.TaggedError<TransferFailed>(id("TransferFailed"))("TransferFailed", {
  /** The job, as the caller named it. */
  handle,
  /** The reason. */
  detail: reason,
  /** `"Later"` by default. The cause of the failure decides. */
  retry: byDefault("Later")
}) {
  override get message(): string {
    return line`the output of job ${this.handle.job} was not transferred: ${this.detail}`
  }
}

/**
 * The output is complete at the destination, and the `deposit` of the caller failed. The job is still at the compute
 * element. Fetch again, to the same destination: the fetch transfers nothing, and runs `deposit` again.
 *
 * @category errors
 * @since 0.1.0
 */
export class DepositFailed extends Schema.TaggedError<DepositFailed>(id("DepositFailed"))("DepositFailed", {
  /** The job, as the caller named it. */
  handle,
  /** The directory with the output, below the destination. */
  directory: Schema.String.annotate({ description: "The directory with the output, below the destination." }),
  /** The message of the error of `deposit`. */
  detail: Schema.String.annotate({ description: "The message of the error of deposit." })
}) {
  readonly retry = "Later"
  override get message(): string {
    return line`the output of job ${this.handle.job} is in ${this.directory} and was not deposited: ${this.detail}`
  }
}

/**
 * Something else is in the place of the output. Move it away and fetch again: the output is still at the compute element.
 *
 * @category errors
 * @since 0.1.0
 */
export class DestinationTaken extends Schema.TaggedError<DestinationTaken>(id("DestinationTaken"))("DestinationTaken", {
  /** The job, as the caller named it. */
  handle,
  /** The path that exists and is not the output of this job. */
  directory: Schema.String.annotate({ description: "The path that exists and is not the output of this job." })
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`${this.directory} exists and is not the output of job ${this.handle.job}`
  }
}

/**
 * The manifest in the place of the output has a version that this library cannot read. Fetch with the version of the
 * library that wrote the manifest.
 *
 * **Gotchas**
 *
 * Do not remove that directory: the job may have left the compute element, and then the files beside the manifest are the
 * only copy of its output. While the job is still there, a fetch to another destination brings its output, too.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnsupportedManifest
  extends Schema.TaggedError<UnsupportedManifest>(id("UnsupportedManifest"))("UnsupportedManifest", {
    /** The job, as the caller named it. */
    handle,
    /** The path of the manifest. */
    manifest: Schema.String.annotate({ description: "The path of the manifest." }),
    /** The `version` in the manifest. `"none"` if it has none. */
    version: Schema.String.annotate({ description: "The version in the manifest. It is \"none\" if it has none." })
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`the manifest ${this.manifest} of job ${this.handle.job} has version ${this.version}, which cannot be read`
  }
}
