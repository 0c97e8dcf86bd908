/**
 * A compute element as an entity of a cluster: the requests that its owner answers.
 *
 * @since 0.1.0
 */
import * as ClusterSchema from "effect/cluster/ClusterSchema"
import * as Entity from "effect/cluster/Entity"
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as DurableDeferred from "effect/workflow/DurableDeferred"
import { BackendError, SubmitError, UnsupportedFormat } from "../contract/BackendError.ts"
import * as Capability from "../contract/Capability.ts"
import * as JobError from "../contract/JobError.ts"
import { JobHandleFromString } from "../contract/JobHandle.ts"
import { JobOutput } from "../contract/JobOutput.ts"
import { JobRecord } from "../contract/JobRecord.ts"
import { JobStatus } from "../contract/JobStatus.ts"
import { PartialOutput } from "../contract/PartialOutput.ts"
import { Submission, SubmissionState } from "../contract/Submission.ts"
import { SubmissionKey } from "../contract/SubmissionKey.ts"
import { SpecAsText } from "./internal/SpecAsText.ts"
import { SealedCopy } from "./SealedCopy.ts"

const handle = { handle: JobHandleFromString }
const handles = { handles: Schema.Array(JobHandleFromString) }
const fetched = { ...handles, destination: Schema.String }
const fetchedOne = { ...handle, destination: Schema.String }
const key = { key: SubmissionKey }

// A handle as text takes a third of the space.
const outcomes = <A extends Schema.Top, E extends Schema.Top>(value: A, error: E) =>
  Schema.Array(Schema.Tuple([JobHandleFromString, Schema.Result(value, error)]))

const orBackend = <Members extends ReadonlyArray<Schema.Top>>(error: Schema.Union<Members>) =>
  Schema.Union([error, BackendError])

/**
 * The entity. Its id is the address of the compute element, `<host>:<port>` in lower case, so that one runner at a time runs the
 * tools for it.
 *
 * **When to use**
 *
 * Use `ClusterCE.layer`, which provides the services of a backend over it. Use the entity itself if your workflow sends a single
 * request.
 *
 * **Details**
 *
 * The database stores none of the messages: all are volatile. While its caller lives, the engine sends a message again, also to
 * the next owner of the compute element. So an owner may handle it more than once. The submission key makes that harmless.
 *
 * The name of the entity carries the version of these messages. Runners of two versions do not answer each other.
 *
 * @category models
 * @since 0.1.0
 */
export const CE = Entity.make("HTCondorCE/1", [
  Rpc.make("submit", {
    payload: {
      ...key,
      spec: SpecAsText,
      copies: Schema.Array(SealedCopy),
      // The message of the caller's fence, if that has failed.
      fenced: Schema.optional(Schema.String),
      // Completed immediately before the jobs are sent.
      sent: Schema.optional(DurableDeferred.Token),
      onConflict: Schema.optional(Schema.Literals(["Fail", "Adopt"])),
      onHiddenHistory: Schema.optional(Schema.Literals(["Warn", "Fail"]))
    },
    success: Submission,
    error: SubmitError
  }),
  Rpc.make("reconcile", {
    payload: key,
    success: SubmissionState,
    error: Schema.Union([BackendError, UnsupportedFormat])
  }),
  // It waits for the end of a former owner's lock, and does not delay a handover.
  Rpc.make("withdraw", { payload: key, success: Capability.Withdrawal, error: BackendError })
    .annotate(ClusterSchema.InterruptOnTermination, true),
  Rpc.make("status", { payload: handles, success: outcomes(JobStatus, JobError.StatusError), error: BackendError }),
  Rpc.make("describe", { payload: handles, success: outcomes(JobRecord, JobError.StatusError), error: BackendError }),
  Rpc.make("statusOf", { payload: handle, success: JobStatus, error: orBackend(JobError.StatusError) }),
  Rpc.make("fetch", { payload: fetched, success: outcomes(JobOutput, JobError.FetchError), error: BackendError }),
  Rpc.make("fetchOne", { payload: fetchedOne, success: JobOutput, error: orBackend(JobError.FetchError) }),
  // The caller deposits each output, and acknowledges it with its ticket.
  Rpc.make("fetchDeposited", {
    payload: fetched,
    success: Schema.TaggedUnion({
      Deposit: { ticket: Schema.String, output: JobOutput },
      Done: { outcomes: outcomes(JobOutput, JobError.FetchError) }
    }),
    error: BackendError,
    stream: true
  }).annotate(ClusterSchema.InterruptOnTermination, true),
  Rpc.make("deposited", { payload: { ticket: Schema.String, failure: Schema.optional(Schema.String) } }),
  Rpc.make("fetchRepeatable", {
    payload: fetched,
    success: outcomes(JobOutput, JobError.RepeatableFetchError),
    error: BackendError
  }),
  Rpc.make("fetchOneRepeatable", {
    payload: fetchedOne,
    success: JobOutput,
    error: orBackend(JobError.RepeatableFetchError)
  }),
  Rpc.make("fetchHeld", { payload: fetchedOne, success: PartialOutput, error: orBackend(JobError.HeldFetchError) }),
  Rpc.make("cancel", {
    payload: handles,
    success: outcomes(Capability.CancelOutcome, JobError.CancelError),
    error: BackendError
  }),
  Rpc.make("purge", {
    payload: handles,
    success: outcomes(Capability.PurgeOutcome, JobError.PurgeError),
    error: BackendError
  }),
  Rpc.make("release", {
    payload: handles,
    success: outcomes(Capability.ReleaseOutcome, JobError.ReleaseError),
    error: BackendError
  }),
  // A stream continues at the next owner, and does not delay a handover.
  Rpc.make("watch", {
    payload: {
      ...handles,
      known: Schema.Array(Schema.Tuple([JobHandleFromString, JobStatus])),
      interval: Schema.optional(Schema.DurationFromMillis),
      maxInterval: Schema.optional(Schema.DurationFromMillis),
      patience: Schema.optional(Schema.DurationFromMillis)
    },
    success: Capability.StatusChange,
    error: BackendError,
    stream: true
  }).annotate(ClusterSchema.InterruptOnTermination, true),
  Rpc.make("list", {
    payload: {
      tag: Schema.optional(Schema.String),
      keyPrefix: Schema.optional(Schema.String),
      status: Schema.optional(Schema.Array(Schema.Literals(Struct.keys(JobStatus.cases))))
    },
    success: Capability.ListedJob,
    error: BackendError,
    stream: true
  }).annotate(ClusterSchema.InterruptOnTermination, true),
  Rpc.make("departed", {
    payload: { since: Schema.DateTimeUtcFromString },
    success: Capability.DepartedJob,
    error: BackendError,
    stream: true
  }).annotate(ClusterSchema.InterruptOnTermination, true)
])
