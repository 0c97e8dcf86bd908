/**
 * When things happened to a job, and what it used.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JobHandle } from "./JobHandle.ts"
import { Exit, JobStatus } from "./JobStatus.ts"

const time = Schema.optionalKey(Schema.DateTimeUtcFromString)
const count = Schema.optionalKey(Schema.Natural)
const seconds = Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)))

/**
 * When things happened to a job, in whole seconds, by the clock of the compute element. A time that has not come, or that the
 * compute element does not know, is absent.
 *
 * **Details**
 *
 * Each member with the attribute from which an HTCondor-CE takes it:
 *
 * - `submitted`: the scheduler took the job (`QDate`)
 * - `staged`: its input had arrived (`StageInFinish`)
 * - `firstStarted`: it began to run for the first time (`JobStartDate`), exact to a second or so
 * - `started`: its current or last run began (`JobCurrentStartDate`), exact to a second or so
 * - `ended`: the payload ended (`CompletionDate`). Of a job that was removed while it ran: when it was removed
 *   (`EnteredCurrentStatus`), a moment before the payload was killed
 * - `available`: its output could be fetched from then on (`JobFinishedHookDone`)
 * - `removed`: it was removed (`EnteredCurrentStatus`), by whomever. A job that has completed leaves its compute element so, too
 *
 * @category models
 * @since 0.1.0
 */
export const JobTimes = Schema.Struct({
  submitted: time,
  staged: time,
  firstStarted: time,
  started: time,
  ended: time,
  available: time,
  removed: time
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobTimes = typeof JobTimes.Type

/**
 * What a job used, of its last run. What the compute element does not know is absent, and never 0.
 *
 * **Details**
 *
 * Each member with its unit, and with the attribute from which an HTCondor-CE takes it:
 *
 * - `wallTime`: seconds. How long it ran, with the transfer of its input (`RemoteWallClockTime`). Of a job that was removed
 *   while it ran, from `started` to `ended`
 * - `cpu`: whole seconds. User and system time together, each cut off to whole seconds (`RemoteUserCpu`, `RemoteSysCpu`): up to
 *   two seconds less than was used. Absent below that, because a compute element writes 0 as well where it does not know. A resource
 *   without cgroups samples it every 15 seconds: what was used after the last sample is missing
 * - `memory`: bytes. The largest resident set that was sampled, rounded (`ResidentSetSize`): up to a tenth less than the peak,
 *   and absent for a job that ended before the first sample
 * - `disk`: bytes. The working directory when it was sampled last, rounded up (`DiskUsage`)
 * - `bytesIn`: bytes that the batch system brought to the job: its input and its executable (`BytesRecvd`)
 * - `bytesOut`: bytes that it brought back: stdout, stderr and the outputs (`BytesSent`)
 *
 * @category models
 * @since 0.1.0
 */
export const JobUsage = Schema.Struct({
  wallTime: seconds,
  cpu: count,
  memory: count,
  disk: count,
  bytesIn: count,
  bytesOut: count
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobUsage = typeof JobUsage.Type

/**
 * Cores, and bytes of memory and disk.
 *
 * @category models
 * @since 0.1.0
 */
export const JobResources = Schema.Struct({ cpus: count, memory: count, disk: count })

/**
 * @category models
 * @since 0.1.0
 */
export type JobResources = typeof JobResources.Type

/**
 * What a compute element knows of one job, at the moment of the question.
 *
 * **Details**
 *
 * - `status`: what `StatusReporter.status` says
 * - `times`: see {@link JobTimes}
 * - `usage`: see {@link JobUsage}. It is there for jobs that ended: while a job runs, a compute element has zeros
 * - `requested`: what was asked for (HTCondor: `RequestCpus`, `RequestMemory`, `RequestDisk`). One that is an expression is absent:
 *   so are memory and disk of a submission that does not name them
 * - `provisioned`: what the batch system gave (HTCondor: `CpusProvisioned`, `MemoryProvisioned`, `DiskProvisioned`)
 * - `starts`: how often it was started (HTCondor: `NumJobStarts`), for jobs that ended, because the number comes late
 * - `holds`: how often it was held, by reason (HTCondor: `NumHoldsByReason`). Its time as `Staging` is no hold. Each release that
 *   does not last adds one
 * - `exit`: how the payload of a completed job ended
 *
 * A job that the compute element does not know has the status `Unknown`, and no times. There is no execute host and no number of
 * evictions: a compute element has neither.
 *
 * @category models
 * @since 0.1.0
 */
export const JobRecord = Schema.Struct({
  version: Schema.Literal(1),
  handle: JobHandle,
  status: JobStatus,
  times: JobTimes,
  usage: Schema.optionalKey(JobUsage),
  requested: Schema.optionalKey(JobResources),
  provisioned: Schema.optionalKey(JobResources),
  starts: count,
  holds: Schema.optionalKey(Schema.Record(Schema.String, Schema.Natural)),
  exit: Schema.optionalKey(Exit)
})

/**
 * @category models
 * @since 0.1.0
 */
export type JobRecord = typeof JobRecord.Type
