/**
 * The times and the resource usage of a job.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { handle, time } from "./Fields.ts"
import { Exit, JobStatus } from "./JobStatus.ts"

const at = (description: string) => Schema.optionalKey(time(description))
const count = (description: string) => Schema.optionalKey(Schema.Natural.annotate({ description }))
const seconds = (description: string) =>
  Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)).annotate({ description }))

/**
 * The times of a job, in whole seconds, by the clock of the compute element. A time that is in the future, or that the
 * compute element does not know, is absent. In parentheses is the attribute of an HTCondor-CE.
 *
 * @category models
 * @since 0.1.0
 */
export const JobTimes = Schema.Struct({
  /** The scheduler accepted the job (`QDate`). */
  submitted: at("The scheduler accepted the job (QDate)."),
  /** The input of the job had arrived (`StageInFinish`). */
  staged: at("The input of the job had arrived (StageInFinish)."),
  /** The first run began (`JobStartDate`). Exact to about a second. */
  firstStarted: at("The first run began (JobStartDate). Exact to about a second."),
  /** The current or last run began (`JobCurrentStartDate`). Exact to about a second. */
  started: at("The current or last run began (JobCurrentStartDate). Exact to about a second."),
  /**
   * The payload ended (`CompletionDate`). For a job that was removed while it ran: the time of the removal
   * (`EnteredCurrentStatus`), a moment before the payload was killed.
   */
  ended: at(
    "The payload ended (CompletionDate). For a job that was removed while it ran: the time of the removal (EnteredCurrentStatus)."
  ),
  /** The output became ready to fetch (`JobFinishedHookDone`). */
  available: at("The output became ready to fetch (JobFinishedHookDone)."),
  /** The job was removed (`EnteredCurrentStatus`), by any user or program. A fetch also removes a completed job. */
  removed: at(
    "The job was removed (EnteredCurrentStatus), by any user or program. A fetch also removes a completed job."
  )
})

/**
 * The times of a job.
 *
 * @category models
 * @since 0.1.0
 */
export type JobTimes = typeof JobTimes.Type

/**
 * The resources that the last run of a job used. An amount that the compute element does not know is absent, and never 0.
 * In parentheses is the attribute of an HTCondor-CE.
 *
 * @category models
 * @since 0.1.0
 */
export const JobUsage = Schema.Struct({
  /**
   * The duration of the run in seconds, with the transfer of its input (`RemoteWallClockTime`). For a job that was removed
   * while it ran: from `started` to `ended`.
   */
  wallTime: seconds("The duration of the run in seconds, with the transfer of its input (RemoteWallClockTime)."),
  /**
   * The CPU time in whole seconds: user and system time, each rounded down (`RemoteUserCpu`, `RemoteSysCpu`). So it is up
   * to two seconds less than the real time. It is absent if both are 0, because a compute element also writes 0 for an
   * unknown time. A resource without cgroups samples it every 15 seconds, so the time after the last sample is missing.
   */
  cpu: count(
    "The CPU time in whole seconds: user and system time, each rounded down (RemoteUserCpu, RemoteSysCpu). Absent if both are 0."
  ),
  /**
   * The largest sampled resident set in bytes, rounded (`ResidentSetSize`): up to a tenth less than the peak. Absent for a
   * job that ended before the first sample.
   */
  memory: count(
    "The largest sampled resident set in bytes, rounded (ResidentSetSize): up to a tenth less than the peak."
  ),
  /** The size of the working directory in bytes at the last sample, rounded up (`DiskUsage`). */
  disk: count("The size of the working directory in bytes at the last sample, rounded up (DiskUsage)."),
  /** The bytes that the batch system transferred to the job: its input and its executable (`BytesRecvd`). */
  bytesIn: count("The bytes that the batch system transferred to the job: its input and its executable (BytesRecvd)."),
  /** The bytes that the batch system transferred back: stdout, stderr and the outputs (`BytesSent`). */
  bytesOut: count("The bytes that the batch system transferred back: stdout, stderr and the outputs (BytesSent).")
})

/**
 * The resources that the last run of a job used.
 *
 * @category models
 * @since 0.1.0
 */
export type JobUsage = typeof JobUsage.Type

/**
 * The resources that a job requested, or that the batch system provisioned.
 *
 * @category models
 * @since 0.1.0
 */
export const JobResources = Schema.Struct({
  /** The number of cores. */
  cpus: count("The number of cores."),
  /** The memory in bytes. */
  memory: count("The memory in bytes."),
  /** The disk space in bytes. */
  disk: count("The disk space in bytes.")
})

/**
 * The resources that a job requested, or that the batch system provisioned.
 *
 * @category models
 * @since 0.1.0
 */
export type JobResources = typeof JobResources.Type

/**
 * The record of one job at the compute element, at the moment of the query. In parentheses is the attribute of an
 * HTCondor-CE.
 *
 * **Details**
 *
 * If the compute element has no record of the job, its status is `Unknown`, and it has no times. A record has no execute
 * host and no number of evictions, because a compute element does not know them.
 *
 * @category models
 * @since 0.1.0
 */
export const JobRecord = Schema.Struct({
  /** The version of the format of records. Always `1`. */
  version: Schema.Literal(1).annotate({ description: "The version of the format of records. Always 1." }),
  /** The job, as the caller named it. */
  handle,
  /** The status, as `StatusReporter.status` returns it. */
  status: JobStatus.annotate({ description: "The status of the job." }),
  /** The times of the job. */
  times: JobTimes.annotate({ description: "The times of the job." }),
  /** The resources that the job used. Absent until it has ended, because a compute element reports zeros before. */
  usage: Schema.optionalKey(
    JobUsage.annotate({ description: "The resources that the job used. Absent until it has ended." })
  ),
  /**
   * The requested resources (`RequestCpus`, `RequestMemory`, `RequestDisk`). An amount that is an expression is absent, as
   * are memory and disk if the submission does not request them.
   */
  requested: Schema.optionalKey(
    JobResources.annotate({
      description:
        "The requested resources (RequestCpus, RequestMemory, RequestDisk). An amount that is an expression is absent."
    })
  ),
  /** The resources that the batch system gave (`CpusProvisioned`, `MemoryProvisioned`, `DiskProvisioned`). */
  provisioned: Schema.optionalKey(
    JobResources.annotate({
      description: "The resources that the batch system gave (CpusProvisioned, MemoryProvisioned, DiskProvisioned)."
    })
  ),
  /** The number of starts (`NumJobStarts`). Absent until the job has ended, because the number is updated late. */
  starts: count("The number of starts (NumJobStarts). Absent until the job has ended."),
  /**
   * The number of holds by reason (`NumHoldsByReason`). The time as `Staging` does not count. Each release that does not
   * last adds a hold.
   */
  holds: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.Natural).annotate({
      description: "The number of holds by reason (NumHoldsByReason)."
    })
  ),
  /** The exit of the payload. Absent until the job has completed. */
  exit: Schema.optionalKey(
    Exit.annotate({ description: "The exit of the payload. Absent until the job has completed." })
  )
})

/**
 * The record of one job at the compute element.
 *
 * @category models
 * @since 0.1.0
 */
export type JobRecord = typeof JobRecord.Type
