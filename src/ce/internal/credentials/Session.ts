/**
 * One operation's conversation with a CE: it asks the schedd with one set of credentials, and explains why that fails.
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
 * The history is shown to nobody, or not to the caller, in the schedd's words.
 */
export class HistoryClosed extends Data.TaggedError("HistoryClosed")<{ readonly detail: string }> {}

/**
 * The error for an answer that is not to be believed.
 */
export const unreadable = ({ address }: Pick<Endpoint, "address">, detail: string, output = ""): BackendFailed =>
  new BackendFailed({ endpoint: address, detail, report: { tool: "condor_q", exitCode: 0, output } })

/**
 * - `endpoint`: the schedd that is asked, `identity` and `former`: what handles of its jobs say
 * - `proxy`: the proxy certificate that a submission takes along
 * - `owner`: whom the schedd takes the caller for; it is asked once for each credential
 * - `explain`: why the schedd has not answered, in the words of the contract
 * - all else: what {@link Schedd} does
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
 * Holds sessions with one CE: a session lives as long as its operation, and shows the credentials that the operation needs.
 *
 * **Details**
 *
 * An operation whose credentials are refused is repeated once, if there are other ones: each of them looks first what the
 * CE knows, and a submission adopts what is there. One that has ended well although they were refused to a part of it is repeated
 * if it only reads.
 */
export interface Sessions {
  /** The CE, as handles say it. */
  readonly endpoint: string
  use<A, E, R>(
    need: CredentialSet.Need,
    operation: (session: Session) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | BackendError, Exclude<R, Scope.Scope>>
}

/**
 * Remembers for each credential whom the schedd took it for. It holds as many as there are kinds of operations.
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

// What a schedd has of jobs, and why it does not say.
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
        // A schedd may show its queue to a client, and not its history.
        error.reason._tag === "Closed" || error.reason._tag === "Denied"
          ? Stream.fail(new HistoryClosed({ detail: error.reason.report.output }))
          : Stream.fromEffect(explained(error))
    )
})

/**
 * The sessions of one CE. They share one connection, which limits how much it asks the CE at one time.
 */
export const make = Effect.fnUntraced(function*(
  { former, identity, queue: endpoint }: Pick<ResolvedRoute, "former" | "identity" | "queue">,
  settings: Settings
) {
  const address = endpoint.address
  // A submit host is at the port of a pool, as it should be.
  const doubt = identity.endpoint === address ? doubtOf(endpoint) : undefined
  const connection = yield* (yield* ScheddTransport).open({ ...settings, name: endpoint, doubt })
  const credentials = yield* CredentialCache.make(settings, settings.audience ?? address, identity.endpoint)
  const remembered = makeMemory()

  const open = Effect.fnUntraced(function*(need: CredentialSet.Need) {
    const first = yield* credentials.get(need)
    const given = [first]
    let refused: CredentialSet.CredentialSet | undefined
    const setOf = (shown: Shown | undefined) =>
      given.findLast(({ token }) => shown === undefined || Redacted.value(token) === Redacted.value(shown.token)) ??
        first

    // The proxy certificate may be near its end when it is submitted already, and the token is to go on.
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
      return yield* unreadable(endpoint, "the schedd does not say whom it takes the client for", name)
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

  const attempt = <A, E, R>(need: CredentialSet.Need, operation: (session: Session) => Effect.Effect<A, E, R>) =>
    Effect.scoped(
      Effect.flatMap(
        open(need),
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
    // Somebody may have emptied the directory, and the tools have shown no token at all.
    const isTaken = yield* connection.forget(set)
    const renewed = yield* credentials.renew(need, set)
    if (renewed === undefined && !isTaken || Result.isSuccess(outcome) && need !== "read") {
      return yield* Effect.fromResult(outcome)
    }
    yield* Effect.logInfo(
      isTaken
        ? `the token for ${address} was taken away from its private directory, and is written anew`
        : `${address} refused credentials, and is shown newer ones`
    )
    const again = (yield* attempt(need, operation)).outcome
    // What was answered to the first is more than a failure of the second.
    return yield* Effect.fromResult(Result.isFailure(again) && Result.isSuccess(outcome) ? outcome : again)
  })

  return { endpoint: identity.endpoint, use } satisfies Sessions
})
