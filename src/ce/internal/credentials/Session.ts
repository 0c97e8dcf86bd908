/**
 * The session of one operation with a CE: it calls the schedd with one set of credentials, and explains failures.
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Owner from "../../../condor/Owner.ts"
import {
  type Action,
  type ActionResult,
  type ClusterSubmission,
  type Connection,
  type HistoryQuery,
  type JobRecord,
  type JobsRefused,
  type NotSubmitted,
  type QueueQuery,
  type Schedd,
  type ScheddError,
  ScheddTransport,
  type Shown,
  type SubmittedCluster
} from "../../../condor/Schedd.ts"
import {
  AuthenticationFailed,
  type BackendError,
  BackendFailed,
  type CredentialUnavailable,
  type SubmissionFenced
} from "../../../contract/BackendError.ts"
import type { Settings } from "../../Config.ts"
import { doubt as doubtOf, type Endpoint } from "../../Endpoint.ts"
import type { ResolvedRoute } from "../../Route.ts"
import * as BackendErrors from "./BackendErrors.ts"
import * as CredentialCache from "./CredentialCache.ts"
import type * as CredentialSet from "./CredentialSet.ts"

/**
 * The schedd does not show its history, or not to this client. `detail` is its message.
 */
export class HistoryClosed extends Data.TaggedError("HistoryClosed")<{ readonly detail: string }> {}

/**
 * The error for an answer that cannot be right.
 */
export const unreadable = ({ address }: Pick<Endpoint, "address">, detail: string, output = ""): BackendFailed =>
  new BackendFailed({ endpoint: address, detail, report: { tool: "condor_q", exitCode: 0, output } })

/**
 * - `endpoint`: the schedd that is queried; `identity` and `former`: its names in the handles of its jobs
 * - `proxy`: the proxy certificate that a submission sends with its jobs
 * - `owner`: the schedd's user for the client; queried once for each credential
 * - `explain`: the contract's error for a failure of the schedd
 * - all others: the operations of {@link Schedd}
 */
export interface Session {
  readonly endpoint: Endpoint
  readonly identity: ResolvedRoute["identity"]
  readonly former: ResolvedRoute["former"]
  readonly settings: Settings
  readonly proxy: CredentialSet.CredentialSet["proxy"]
  readonly owner: Effect.Effect<Owner.Owner, BackendError>
  explain(error: ScheddError): Effect.Effect<BackendError>
  queue(query: QueueQuery): Stream.Stream<JobRecord, BackendError>
  history(query: HistoryQuery): Stream.Stream<JobRecord, BackendError | HistoryClosed>
  submit(
    submission: ClusterSubmission
  ): Effect.Effect<SubmittedCluster, NotSubmitted<CredentialUnavailable> | SubmissionFenced | BackendError>
  edit(
    constraint: string,
    edits: ReadonlyArray<readonly [name: string, expression: string]>
  ): Effect.Effect<void, JobsRefused | BackendError>
  act(
    action: Action,
    constraint: string,
    reason: string
  ): Effect.Effect<ReadonlyMap<string, ActionResult>, BackendError>
  transfer(
    constraint: string,
    options: { readonly directory: string; readonly timeout: Duration.Duration }
  ): Effect.Effect<void, JobsRefused | BackendError>
}

/**
 * Opens sessions with one CE. A session lives as long as its operation, and uses the credentials that the operation needs.
 *
 * **Details**
 *
 * If the CE refuses its credentials, an operation is repeated once, if the provider has other ones. This is safe: each operation
 * first looks up what the CE knows, and a submission adopts its jobs. An operation that succeeded, although the CE refused a part
 * of it, is repeated only if it is a query.
 */
export interface Sessions {
  /** The CE's address, as in handles. */
  readonly endpoint: string
  use<A, E, R>(
    need: CredentialSet.Need,
    operation: (session: Session) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | BackendError, Exclude<R, Scope.Scope>>
}

/**
 * Remembers the schedd's user for each credential, for as many credentials as there are needs.
 */
const makeMemory = () => {
  const held = new Map<CredentialSet.Need, { readonly token: string; readonly owner: Owner.Owner }>()
  return <E>(need: CredentialSet.Need, { token }: Pick<Shown, "token">, ask: Effect.Effect<Owner.Owner, E>) =>
    Effect.suspend(() => {
      const text = Redacted.value(token)
      const known = Array.from(held.values()).find((one) => one.token === text)
      return known === undefined
        ? Effect.tap(ask, (owner) => Effect.sync(() => held.set(need, { token: text, owner })))
        : Effect.succeed(known.owner)
    })
}

// The queue and the history of a schedd, with explained errors.
const records = (
  schedd: Schedd<BackendError>,
  explained: (error: ScheddError) => Effect.Effect<never, BackendError>
): Pick<Session, "queue" | "history"> => ({
  queue: (query) => Stream.catchTag(schedd.queue(query), "ScheddError", (error) => Stream.fromEffect(explained(error))),
  history: (query) =>
    Stream.catchTag(
      schedd.history(query),
      "ScheddError",
      (error): Stream.Stream<never, BackendError | HistoryClosed> =>
        // A schedd may show its queue to a client, but not its history.
        error.reason._tag === "Closed" || error.reason._tag === "Denied"
          ? Stream.fail(new HistoryClosed({ detail: error.reason.report.output }))
          : Stream.fromEffect(explained(error))
    )
})

/** The parts that the sessions of one CE have in common. */
interface Shared extends Pick<Session, "endpoint" | "former" | "identity" | "settings"> {
  readonly connection: Connection
  readonly credentials: CredentialCache.Credentials
  /** Why the address of the CE is doubtful, if it is. */
  readonly doubt: string | undefined
  readonly remembered: ReturnType<typeof makeMemory>
}

// `shown` has the credentials of the session that the CE refused, and the latest ones.
const open = Effect.fnUntraced(function*(
  { connection, credentials, doubt, endpoint, former, identity, remembered, settings }: Shared,
  need: CredentialSet.Need
) {
  const first = yield* credentials.get(need)
  const given = [first]
  let refused: CredentialSet.CredentialSet | undefined
  const setOf = (shown: Shown | undefined) =>
    given.findLast(({ token }) => shown === undefined || Redacted.value(token) === Redacted.value(shown.token)) ??
      first

  // When the proxy certificate is about to expire, it may have been sent already. The token can still be used.
  const valid = need === "submit" && settings.proxy
    ? Effect.catch(credentials.get("submit"), () => credentials.get("write"))
    : credentials.get(need)
  const latest = Effect.tap(valid, (set) => Effect.sync(() => given.at(-1) === set ? 0 : given.push(set)))

  const explain: Session["explain"] = ({ reason }) => {
    const set = setOf("shown" in reason ? reason.shown : undefined)
    if (reason._tag === "Refused") refused = set
    return credentials.explain(need, set, BackendErrors.fromReason(endpoint, doubt, reason))
  }

  const explained = { ScheddError: (error: ScheddError) => Effect.flip(explain(error)) }

  const scope = yield* Effect.scope
  const schedd = yield* Effect.catchTags(Scope.provide(connection.as(latest), scope), explained)

  const owner = Effect.gen(function*() {
    const name = yield* Effect.catchTags(schedd.identity, explained)
    const known = Owner.fromName(name)
    if (known !== undefined) return known
    return yield* unreadable(endpoint, "the schedd does not say which user the client is", name)
  })

  const session: Session = {
    endpoint,
    identity,
    former,
    settings,
    proxy: first.proxy,
    explain,
    owner: Effect.flatMap(latest, (shown) => remembered(need, shown, owner)),
    ...records(schedd, explained.ScheddError),
    submit: (submission) => Effect.catchTags(schedd.submit(submission), explained),
    edit: (constraint, edits) => Effect.catchTags(schedd.edit(constraint, edits), explained),
    act: (action, constraint, reason) => Effect.catchTags(schedd.act(action, constraint, reason), explained),
    transfer: (constraint, options) => Effect.catchTags(schedd.transfer(constraint, options), explained)
  }
  return { session, shown: Effect.sync(() => ({ refused, latest: setOf(undefined) })) }
})

/**
 * The sessions of one CE. They share one connection, which limits how many tools call the CE concurrently.
 */
export const make = Effect.fnUntraced(function*(
  { former, identity, queue: endpoint }: Pick<ResolvedRoute, "former" | "identity" | "queue">,
  settings: Settings
) {
  const address = endpoint.address
  // A submit host has the port of a pool, and that is right.
  const doubt = identity.endpoint === address ? doubtOf(endpoint) : undefined
  const connection = yield* (yield* ScheddTransport).open({ ...settings, name: endpoint, doubt })
  const credentials = yield* CredentialCache.make(settings, settings.audience ?? address, identity.endpoint)
  const remembered = makeMemory()
  const shared: Shared = { connection, credentials, doubt, endpoint, former, identity, remembered, settings }

  const attempt = <A, E, R>(need: CredentialSet.Need, operation: (session: Session) => Effect.Effect<A, E, R>) =>
    Effect.scoped(
      Effect.flatMap(
        open(shared, need),
        ({ session, shown }) =>
          Effect.flatMap(
            Effect.result(operation(session)),
            (outcome) => Effect.map(shown, (sets) => ({ outcome, ...sets }))
          )
      )
    )

  const use: Sessions["use"] = Effect.fnUntraced(function*(need, operation) {
    const { latest, outcome, refused } = yield* attempt(need, operation)
    const isRefused = Result.isSuccess(outcome)
      ? refused !== undefined
      : outcome.failure instanceof AuthenticationFailed
    if (!isRefused) return yield* Effect.fromResult(outcome)
    const set = refused ?? latest
    // If somebody has emptied the private directory, the tools had no token at all.
    const isTaken = yield* connection.forget(set)
    const renewed = yield* credentials.renew(need, set)
    if (renewed === undefined && !isTaken || Result.isSuccess(outcome) && need !== "read") {
      return yield* Effect.fromResult(outcome)
    }
    yield* Effect.logInfo(
      isTaken
        ? `the token for ${address} was removed from its private directory, and is written again`
        : `${address} refused credentials, and newer ones are tried`
    )
    const again = (yield* attempt(need, operation)).outcome
    // The first answer was complete: it is worth more than a failure of the second attempt.
    return yield* Effect.fromResult(Result.isFailure(again) && Result.isSuccess(outcome) ? outcome : again)
  })

  return { endpoint: identity.endpoint, use } satisfies Sessions
})
