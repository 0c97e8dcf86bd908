/**
 * What a schedd can be asked, whoever carries the question: HTCondor's command-line tools, or its own protocol.
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
 * Where a schedd is: the address of its collector, and its name there.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddName {
  readonly address: string
  readonly schedd: string
}

/**
 * The token that opens a schedd, and when it expires, in milliseconds since the epoch.
 *
 * @category models
 * @since 0.1.0
 */
export interface Shown {
  readonly token: Redacted.Redacted<string>
  readonly expiresAt: number | undefined
}

/**
 * Why a schedd has not answered.
 *
 * - `Unreachable`: nothing answers, or the conversation breaks off
 * - `NoSuchSchedd`: the collector answers, and has schedds of other names
 * - `HostNotTrusted`: what answers does not prove to be the host that was asked for
 * - `Refused`: the daemon does not accept the credential that was `shown`
 * - `Denied`: the daemon knows who asks, and refuses
 * - `Closed`: the schedd keeps no history, or shows it to nobody
 * - `TimedOut`: there was no answer in time
 * - `Garbled`: the answer cannot be read. The report shows how it begins
 * - `Missing`: what carries the question is not on this host
 * - `Local`: a file or directory of this host
 * - `Failed`: anything else
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
 * A question that was not answered. The `reason` tells by whose fault.
 *
 * @category errors
 * @since 0.1.0
 */
export class ScheddError extends Data.TaggedError("ScheddError")<{ readonly reason: Reason }> {}

/**
 * The error for a reason.
 *
 * @category constructors
 * @since 0.1.0
 */
export const because = (reason: Reason): ScheddError => new ScheddError({ reason })

/**
 * A job as the schedd has it: its number, and its ad or what is wrong with that. `origin` is there in any case.
 *
 * @category models
 * @since 0.1.0
 */
export interface PrintedAd {
  readonly id: JobId
  readonly ad: Result.Result<JobAd.JobAd, string>
  readonly origin: JobAd.Origin
}

/**
 * What an answer consists of. A record without a number may be any job's, so that nobody can say that a job is not there.
 *
 * @category models
 * @since 0.1.0
 */
export type JobRecord = PrintedAd | "WithoutNumber"

/**
 * Which jobs of the queue, by a ClassAd expression, and which of their attributes. `allUsers`: not the caller's own jobs alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface QueueQuery {
  readonly constraint: string
  readonly attributes: ReadonlyArray<string>
  readonly allUsers?: boolean | undefined
}

/**
 * Which jobs of the history, of all users. It is read from the newest on, or from the oldest, until `limit` jobs were found or
 * `depth` were looked at, or, from the newest on, until it comes to one that satisfies `since`, which is not among them.
 *
 * @category models
 * @since 0.1.0
 */
export interface HistoryQuery {
  readonly constraint?: string | undefined
  readonly attributes: ReadonlyArray<string>
  readonly limit: number
  readonly depth?: number | undefined
  readonly since?: string | undefined
  readonly oldestFirst?: boolean | undefined
}

/**
 * What a schedd is told to do with jobs.
 *
 * @category models
 * @since 0.1.0
 */
export type Action = "Remove" | "Release"

/**
 * What a schedd did with a job on which it was told to act.
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
 * One cluster: what its jobs are, and the directory of the files that the description names. `fence` runs when nothing is left to
 * wait for, immediately before the cluster is sent. If it fails, nothing is.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClusterSubmission {
  readonly description: SubmitDescription
  readonly directory: string
  readonly timeout: Duration.Input
  readonly fence?: Effect.Effect<void, SubmissionFenced> | undefined
}

/**
 * A cluster whose input was spooled, and what the schedd warned of.
 *
 * @category models
 * @since 0.1.0
 */
export interface SubmittedCluster {
  readonly cluster: number
  readonly warnings: ReadonlyArray<string>
}

/**
 * A submission that did not end well. `queued` are the jobs that had numbers by then: what has become of them the queue knows.
 *
 * - `Rejected`: the schedd refuses it by a rule of its site, in the words of `detail`
 * - `Failed`: anything else. `kind` says whether the way to the schedd failed, or the credential; `explain` asks who is to blame
 *
 * @category errors
 * @since 0.1.0
 */
export class NotSubmitted<E = never> extends Data.TaggedError("NotSubmitted")<{
  readonly queued: ReadonlyArray<JobId>
  readonly warnings: ReadonlyArray<string>
  readonly rejection: string | undefined
  readonly kind: "Way" | "Credential" | "Other"
  readonly succeeded: boolean
  readonly retry: Retry
  readonly report: Report
  readonly explain: Effect.Effect<ScheddError, E>
}> {}

/**
 * A transfer, or an edit, that failed for the jobs that it was about, and not for others: `detail` is the schedd's words, and
 * `blamed` the job at which it gave up, if it said so. `missing` says that files which were to be sent are not there, of which it
 * names the first: all others were sent.
 *
 * @category errors
 * @since 0.1.0
 */
export class JobsRefused extends Data.TaggedError("JobsRefused")<{
  readonly detail: string
  readonly blamed: string | undefined
  readonly missing: boolean
}> {}

/**
 * What a schedd can be asked, with one identity. `E` is what fails where there are no credentials.
 *
 * - `queue`, `history`: the records as they arrive. An answer that is cut short fails. One may begin anew, and give a record twice
 * - `submit`: puts a cluster into the queue, and sends its input
 * - `edit`: sets attributes, as expressions, of the jobs that satisfy a constraint
 * - `act`: removes or releases the jobs that satisfy a constraint, and gives what it did with each, by `"cluster.proc"`. One that
 *   is not there did not satisfy it, or belongs to another identity. A release passes over jobs that are not held
 * - `transfer`: sends the output of the jobs that satisfy a constraint to where their ads say, below `directory`. Success says
 *   nothing of a job: the schedd passes over those that it does not find
 * - `identity`: whom the schedd takes the client for, as it stands in its ads: with a domain in `User`, without one in `Owner`
 *
 * @category models
 * @since 0.1.0
 */
export interface Schedd<E = never> {
  queue(query: QueueQuery): Stream.Stream<JobRecord, ScheddError | E>
  history(query: HistoryQuery): Stream.Stream<JobRecord, ScheddError | E>
  submit(
    submission: ClusterSubmission
  ): Effect.Effect<SubmittedCluster, NotSubmitted<E> | SubmissionFenced | ScheddError | E>
  edit(
    constraint: string,
    edits: ReadonlyArray<readonly [name: string, expression: string]>
  ): Effect.Effect<void, JobsRefused | ScheddError | E>
  act(
    action: Action,
    constraint: string,
    reason: string
  ): Effect.Effect<ReadonlyMap<string, ActionResult>, ScheddError | E>
  transfer(
    constraint: string,
    options: { readonly directory: string; readonly timeout: Duration.Input }
  ): Effect.Effect<void, JobsRefused | ScheddError | E>
  readonly identity: Effect.Effect<string, ScheddError | E>
}

/**
 * Whether a question is asked without waiting for others that are under way. A submission has ten seconds to take back what it
 * has left.
 *
 * @category references
 * @since 0.1.0
 */
export const Urgent = Context.Reference("effect-htcondor-ce/condor/Schedd/Urgent", { defaultValue: () => false })

/**
 * How a schedd is reached.
 *
 * - `timeout`: how long an answer may take, other than a transfer
 * - `token`: the kind of token that it is shown
 * - `certificateAuthorities`: who may have signed its host certificate, which is verified with `SciToken`
 * - `maxConcurrent`, `slowAfter`: how much it is asked at one time
 * - `temporaryDirectory`: where tokens lie for as long as they are shown
 * - `doubt`: why the address may not be that of such a schedd
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly name: ScheddName
  readonly timeout: Duration.Duration
  readonly token: "IdToken" | "SciToken"
  readonly certificateAuthorities: { readonly file?: string | undefined; readonly directory?: string | undefined }
  readonly maxConcurrent: number
  readonly slowAfter: Duration.Duration
  readonly temporaryDirectory: string | undefined
  readonly doubt: string | undefined
}

/**
 * A schedd that can be asked with any identity.
 *
 * - `as`: asks with what `latest` gives, for as long as the scope lives. It is looked at before each question: an operation may
 *   last longer than the credentials that it began with
 * - `forget`: shows a token no more as it was shown. Says whether somebody had taken it away
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  as<E extends { readonly _tag: string }>(
    latest: Effect.Effect<Shown, E>
  ): Effect.Effect<Schedd<E>, ScheddError | E, Scope.Scope>
  forget(shown: Pick<Shown, "token">): Effect.Effect<boolean>
}

/**
 * How schedds are reached. It opens no connection before something is asked.
 *
 * @category services
 * @since 0.1.0
 */
export class ScheddTransport extends Context.Service<ScheddTransport, {
  open(options: Options): Effect.Effect<Connection, never, Scope.Scope>
}>()("effect-htcondor-ce/condor/ScheddTransport") {}
