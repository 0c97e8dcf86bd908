/**
 * The interface to a schedd, for any transport: HTCondor's command-line tools, or its own protocol.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Report, SubmissionFenced } from "../contract/BackendError.ts"
import type { Retry } from "../contract/Retry.ts"
import type * as JobAd from "./JobAd.ts"
import type { JobId } from "./JobId.ts"
import type { SubmitDescription } from "./SubmitDescription.ts"

/**
 * The place of a schedd.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddName {
  /** The address of its collector, `<host>:<port>`. */
  readonly address: string
  /** Its name in that collector. */
  readonly schedd: string
}

/**
 * A token that is sent to a schedd.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shown {
  /** The text of the token. */
  readonly token: Redacted.Redacted<string>
  /** The time of its expiry, in milliseconds since the epoch. `undefined` if it is unknown. */
  readonly expiresAt: number | undefined
}

/**
 * The reason why a schedd did not answer.
 *
 * - `Unreachable`: nothing answers, or the connection breaks
 * - `NoSuchSchedd`: the collector answers, and has only schedds with other names
 * - `HostNotTrusted`: the host did not prove that it is the expected one
 * - `Refused`: the daemon does not accept the credential `shown`
 * - `Denied`: the daemon accepts the credential, and does not allow the operation
 * - `Closed`: the schedd keeps no history, or does not show it
 * - `TimedOut`: there was no answer in time
 * - `Garbled`: the answer cannot be read. The report shows its beginning
 * - `Missing`: the program of the transport is not on this host
 * - `Local`: a file or directory of this host failed
 * - `Failed`: any other reason
 *
 * @category models
 * @since 0.1.0
 */
export type Reason =
  | { readonly _tag: "Unreachable"; readonly detail: string; readonly report: Report }
  | { readonly _tag: "NoSuchSchedd"; readonly known: ReadonlyArray<string>; readonly report: Report }
  | { readonly _tag: "HostNotTrusted"; readonly detail: string; readonly report: Report }
  | { readonly _tag: "Refused"; readonly shown: Shown | undefined; readonly report: Report }
  | { readonly _tag: "Denied"; readonly shown: Shown | undefined; readonly report: Report }
  | { readonly _tag: "Closed"; readonly report: Report }
  | { readonly _tag: "TimedOut"; readonly carrier: string; readonly seconds: number }
  | { readonly _tag: "Garbled"; readonly detail: string; readonly retry: Retry; readonly report: Report }
  | { readonly _tag: "Missing"; readonly carrier: string; readonly detail: string }
  | { readonly _tag: "Local"; readonly path: string; readonly detail: string }
  | { readonly _tag: "Failed"; readonly detail: string; readonly retry: Retry; readonly report: Report }

/**
 * A query that was not answered.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScheddError extends Data.TaggedError("ScheddError")<{
  /** The reason, which also says whose fault it is. */
  readonly reason: Reason
}> {}

/**
 * Makes the error for a reason.
 *
 * @category constructors
 * @since 0.1.0
 */
export const because = (reason: Reason): ScheddError => new ScheddError({ reason })

/**
 * A job as the schedd has it.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrintedAd {
  /** The number of the job. */
  readonly id: JobId
  /** The ad of the job, or the reason why it cannot be read. */
  readonly ad: Result.Result<JobAd.JobAd, string>
  /** The origin of the job, also if its ad cannot be read. */
  readonly origin: JobAd.Origin
}

/**
 * One record of an answer. A record without a number may be any job's, so it cannot be concluded that a job is absent.
 *
 * @category models
 * @since 0.1.0
 */
export type JobRecord = PrintedAd | "WithoutNumber"

/**
 * A query of the queue.
 *
 * @category models
 * @since 0.1.0
 */
export interface QueueQuery {
  /** The ClassAd expression that selects jobs. */
  readonly constraint: string
  /** The attributes to return. */
  readonly attributes: ReadonlyArray<string>
  /** `true` for the jobs of all users. Default: only the caller's own jobs. */
  readonly allUsers?: boolean | undefined
}

/**
 * A query of the history, with the jobs of all users.
 *
 * @category models
 * @since 0.1.0
 */
export interface HistoryQuery {
  /** The ClassAd expression that selects jobs. Default: all. */
  readonly constraint?: string | undefined
  /** The attributes to return. */
  readonly attributes: ReadonlyArray<string>
  /** The largest number of jobs to return. */
  readonly limit: number
  /** The largest number of entries to read. Default: no limit. */
  readonly depth?: number | undefined
  /** The query ends at the first job that meets this expression, and does not return that job. Only from the newest on. */
  readonly since?: string | undefined
  /** `true` to read from the oldest entry on. Default: from the newest on. */
  readonly oldestFirst?: boolean | undefined
}

/**
 * An action of a schedd on jobs.
 *
 * @category models
 * @since 0.1.0
 */
export type Action = "Remove" | "Release"

/**
 * The result of an action for one job.
 *
 * @category models
 * @since 0.1.0
 */
export type ActionResult =
  | "Error"
  | "Done"
  | "NotFound"
  | "BadStatus"
  | "AlreadyDone"
  | "PermissionDenied"
  | "LimitExceeded"

/**
 * The submission of one cluster.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSubmission {
  /** The description of its jobs. */
  readonly description: SubmitDescription
  /** The directory with the files that the description names. */
  readonly directory: string
  /** The longest time of the submission and of the transfer of its input. */
  readonly timeout: Duration.Input
  /** Runs when everything is ready, immediately before the cluster is sent. If it fails, nothing is sent. */
  readonly fence?: Effect.Effect<void, SubmissionFenced> | undefined
}

/**
 * A cluster whose input was spooled.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmittedCluster {
  /** The number of the cluster. */
  readonly cluster: number
  /** The warnings of the schedd and of `condor_submit`. */
  readonly warnings: ReadonlyArray<string>
}

/**
 * A submission that failed.
 *
 * @category errors
 * @since 0.1.0
 */
export class NotSubmitted<E = never> extends Data.TaggedError("NotSubmitted")<{
  /** The jobs that had numbers when it failed. Query the queue for their state. */
  readonly queued: ReadonlyArray<JobId>
  /** The warnings of the schedd and of `condor_submit`. */
  readonly warnings: ReadonlyArray<string>
  /** The message of the site's rule that rejects the submission. `undefined` if no rule does. */
  readonly rejection: string | undefined
  /** Whether the connection to the schedd failed (`Way`), or the credential, or something else. */
  readonly kind: "Way" | "Credential" | "Other"
  /** Whether the transport reported a success, although the submission is incomplete. */
  readonly succeeded: boolean
  /** Whether to repeat the submission. */
  readonly retry: Retry
  /** The report of the transport. */
  readonly report: Report
  /** Queries the schedd for the cause of the failure. */
  readonly explain: Effect.Effect<ScheddError, E>
}> {}

/**
 * A transfer or an edit that failed, and not because of the connection or the credential. Probably its jobs are the cause.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobsRefused extends Data.TaggedError("JobsRefused")<{
  /** The message of the schedd. */
  readonly detail: string
  /** The number of the job at which the schedd stopped. `undefined` if it did not name one. */
  readonly blamed: string | undefined
  /** Whether files of the transfer do not exist. The message names the first of them. All other files were sent. */
  readonly missing: boolean
}> {}

/**
 * A schedd with one identity. `E` is the error of missing credentials.
 *
 * @category models
 * @since 0.1.0
 */
export interface Schedd<E = never> {
  /**
   * Streams the jobs of the queue as they arrive. It fails if the answer is cut short. It may start again, and give a record
   * twice.
   */
  queue(query: QueueQuery): Stream.Stream<JobRecord, ScheddError | E>
  /** Streams the jobs of the history, as `queue` does. */
  history(query: HistoryQuery): Stream.Stream<JobRecord, ScheddError | E>
  /** Adds a cluster to the queue, and sends its input. */
  submit(
    submission: ClusterSubmission
  ): Effect.Effect<SubmittedCluster, NotSubmitted<E> | SubmissionFenced | ScheddError | E>
  /** Sets attributes, as expressions, of the jobs that meet a constraint. */
  edit(
    constraint: string,
    edits: ReadonlyArray<readonly [name: string, expression: string]>
  ): Effect.Effect<void, JobsRefused | ScheddError | E>
  /**
   * Removes or releases the jobs that meet a constraint, and returns a result for each, by `"cluster.proc"`. A job without a
   * result did not meet the constraint, or belongs to another identity. A release ignores jobs that are not held.
   */
  act(
    action: Action,
    constraint: string,
    reason: string
  ): Effect.Effect<ReadonlyMap<string, ActionResult>, ScheddError | E>
  /**
   * Sends the output of the jobs that meet a constraint to the paths in their ads, below `directory`. A success does not mean
   * that each job was found: the schedd ignores jobs that it does not find.
   */
  transfer(
    constraint: string,
    options: { readonly directory: string; readonly timeout: Duration.Input }
  ): Effect.Effect<void, JobsRefused | ScheddError | E>
  /** The name that the schedd gives this client in its ads: with a domain in `User`, without one in `Owner`. */
  readonly identity: Effect.Effect<string, ScheddError | E>
}

/**
 * Whether a query is sent without waiting for others to end. A failed submission uses it, because it has only ten seconds to
 * remove its jobs.
 *
 * @category references
 * @since 0.1.0
 */
export const Urgent = Context.Reference("effect-htcondor-ce/condor/Schedd/Urgent", { defaultValue: () => false })

/**
 * The options of a connection to a schedd.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The place of the schedd. */
  readonly name: ScheddName
  /** The longest time for an answer, other than a transfer. */
  readonly timeout: Duration.Duration
  /** The kind of token that is sent. */
  readonly token: "IdToken" | "SciToken"
  /** The CA certificates (PEM) that verify its host certificate, which is checked with `SciToken`. */
  readonly certificateAuthorities: { readonly file?: string | undefined; readonly directory?: string | undefined }
  /** The largest number of concurrent queries and transfers together. Above 1, transfers leave one place for queries. */
  readonly maxConcurrent: number
  /** A query that takes longer lowers the number of concurrent queries. */
  readonly slowAfter: Duration.Duration
  /** The directory in which tokens are stored while they are used. `undefined`: the one of the operating system. */
  readonly temporaryDirectory: string | undefined
  /** A reason to doubt the address, for messages. `undefined` if there is none. */
  readonly doubt: string | undefined
}

/**
 * A connection to a schedd, for any identity.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  /**
   * Returns the schedd with the token of `latest`, until the scope ends. It evaluates `latest` before each query, because an
   * operation may last longer than its first token.
   */
  as<E extends { readonly _tag: string }>(
    latest: Effect.Effect<Shown, E>
  ): Effect.Effect<Schedd<E>, ScheddError | E, Scope.Scope>
  /**
   * Removes the stored copy of a token, so that the next query stores it again. It returns whether another process had removed
   * it already.
   */
  forget(shown: Pick<Shown, "token">): Effect.Effect<boolean>
}

/**
 * Opens connections to schedds. It sends nothing before the first query.
 *
 * @category services
 * @since 0.1.0
 */
export class ScheddTransport extends Context.Service<ScheddTransport, {
  /** Makes a connection, which is released with the scope. */
  open(options: Options): Effect.Effect<Connection, never, Scope.Scope>
}>()("effect-htcondor-ce/condor/ScheddTransport") {}
