/**
 * One operation's conversation with a CE: it runs tools with one set of credentials and explains their failures.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import {
  CondorTool,
  type ToolCall,
  type ToolName,
  type ToolNotStarted,
  type ToolOutputTooLarge,
  type ToolResult,
  type ToolTimedOut
} from "../../../condor/tools/CondorTool.ts"
import * as ToolFailure from "../../../condor/tools/ToolFailure.ts"
import * as ToolOutput from "../../../condor/tools/ToolOutput.ts"
import * as Trace from "../../../condor/tools/Trace.ts"
import {
  AuthenticationFailed,
  type BackendError,
  BackendFailed,
  type CredentialUnavailable,
  type LocalFailure,
  NotInstalled,
  type Report,
  TimedOut
} from "../../../contract/BackendError.ts"
import type { Temporary } from "../../../files/PrivateDirectories.ts"
import type { Settings } from "../../Config.ts"
import { doubt as doubtOf, type Endpoint } from "../../Endpoint.ts"
import type { ResolvedRoute } from "../../Route.ts"
import * as CredentialCache from "./CredentialCache.ts"
import * as CredentialSet from "./CredentialSet.ts"
import * as Explain from "./Explain.ts"
import * as Owner from "./Owner.ts"
import * as ToolEnvironments from "./ToolEnvironments.ts"
import * as ToolThrottle from "./ToolThrottle.ts"

/**
 * - `endpoint`: the schedd that is asked, `identity` and `former`: what handles of its jobs say
 * - `run`: whatever the exit code, the answer of the tool. With `debug` (and `-debug`) it tells of its conversations, on stderr
 * - `ads`: `run` for a tool that prints ads: each is given to `take` as it arrives, and they are all once the tool has
 *   succeeded. An ad may be given twice, where a tool is run again. The answer is why it has not succeeded, or what was printed
 * - `proxy`: the proxy certificate that a submission takes along
 * - `owner`: whom the schedd takes the caller for; it is asked once for each credential
 * - `explain`: what the failure of a run means; asks the collector where the tool's own words do not tell
 */
export interface Session {
  readonly endpoint: Endpoint
  readonly identity: ResolvedRoute["identity"]
  readonly former: ResolvedRoute["former"]
  readonly settings: Settings
  readonly proxy: CredentialSet.CredentialSet["proxy"]
  run(
    tool: ToolName,
    args: ReadonlyArray<string>,
    options?: Pick<ToolCall, "cwd" | "writesTo"> & {
      readonly timeout?: Duration.Input | undefined
      readonly debug?: boolean | undefined
      readonly take?: (() => (text: string) => void) | undefined
    }
  ): Effect.Effect<ToolResult, BackendError>
  ads(
    tool: ToolName,
    args: ReadonlyArray<string>,
    take: (ad: ToolOutput.PrintedAd) => void
  ): Effect.Effect<Result.Result<ToolOutput.Answer, ToolResult>, BackendError>
  readonly owner: Effect.Effect<Owner.Owner, BackendError>
  explain(tool: ToolName, result: ToolResult): Effect.Effect<BackendError>
}

const toolErrors = ({ address }: Endpoint) => ({
  ToolNotStarted: ({ detail, temporary, tool }: ToolNotStarted) =>
    temporary === true
      ? new BackendFailed({
        endpoint: address,
        detail: `this host cannot run ${tool} at the moment (${detail})`,
        report: { tool, exitCode: 126, output: "" }
      })
      : new NotInstalled({ program: tool, detail }),
  ToolTimedOut: ({ seconds, tool }: ToolTimedOut) => new TimedOut({ operation: tool, seconds }),
  ToolOutputTooLarge: ({ maxBytes, pipe, tool }: ToolOutputTooLarge) =>
    new BackendFailed({
      endpoint: address,
      detail: `the answer exceeds ${maxBytes} bytes on ${pipe}`,
      retry: "AfterRepair",
      report: { tool, exitCode: 137, output: "" }
    })
})

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
  use<A, E, R>(
    need: CredentialSet.Need,
    operation: (session: Session) => Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | CredentialUnavailable | LocalFailure, Exclude<R, Scope.Scope>>
}

/**
 * The limit on tools that run at one time holds for all sessions together.
 */
export const make = Effect.fnUntraced(function*(
  { former, identity, queue: endpoint }: Pick<ResolvedRoute, "former" | "identity" | "queue">,
  settings: Settings,
  temporary: Temporary
) {
  const tools = yield* CondorTool
  const channels = yield* ToolEnvironments.make(settings, temporary)
  const credentials = yield* CredentialCache.make(settings, settings.audience ?? endpoint.address)
  const pace = yield* ToolThrottle.make(settings)
  const remembered = Owner.memory<CredentialSet.Need>()
  const address = endpoint.address

  const open = Effect.fnUntraced(function*(need: CredentialSet.Need) {
    const scope = yield* Effect.scope
    const first = yield* credentials.get(need)
    let current = { set: first, environment: yield* channels.open(first) }
    let refused: CredentialSet.CredentialSet | undefined
    const exchange = Semaphore.makeUnsafe(1)

    // The proxy certificate may be near its end when it is submitted already, and the token is to go on.
    const valid = need === "submit" && settings.proxy
      ? Effect.catch(credentials.get("submit"), () => credentials.get("write"))
      : credentials.get(need)

    // An operation may last longer than the credentials that it began with.
    const latest = exchange.withPermit(Effect.gen(function*() {
      const set = yield* valid
      if (set.token !== current.set.token) {
        current = { set, environment: yield* Effect.provideService(channels.open(set), Scope.Scope, scope) }
      }
      return current
    }))

    const shownFor = new WeakMap<ToolResult, CredentialSet.CredentialSet>()
    const runOnce: Session["run"] = (tool, args, options = {}) =>
      // How long a transfer takes says nothing of the CE.
      pace(
        options.timeout === undefined,
        Effect.fnUntraced(function*(isSuspect, begins) {
          const { environment, set } = yield* latest
          const timeout = options.timeout ?? settings.timeout
          const take = options.take?.()
          const told = options.debug === true ? { ...environment, ...Trace.environment } : environment
          const { cwd, writesTo } = options
          const call = { cwd, writesTo, take, tool, args, environment: told, isSuspect, begins, timeout }
          const result = yield* tools.run(call)
          shownFor.set(result, set)
          return result
        })
      ).pipe(Effect.catchTags(toolErrors(endpoint)))

    // The credentials expired before the tool had shown them. What it then says may be that nobody answers.
    const expiredUnder = Effect.fnUntraced(function*(result: ToolResult) {
      const set = shownFor.get(result)
      if (result.exitCode === 0 || set === undefined || !(yield* CredentialSet.hasExpired(set))) return false
      const kind = ToolFailure.classify(result)
      return kind === "Authentication" || kind === "Ambiguous"
    })

    // condor_submit shows them twice, and may have submitted in between.
    const run: Session["run"] = (tool, args, options) =>
      Effect.flatMap(
        runOnce(tool, args, options),
        (result) =>
          Effect.flatMap(expiredUnder(result), (expired) =>
            expired && tool !== "condor_submit"
              ? runOnce(tool, args, options)
              : Effect.succeed(result))
      )

    // A submit host is at the port of a pool, as it should be.
    const doubt = identity.endpoint === address ? doubtOf(endpoint) : undefined

    // The credentials that this run had shown: others may have been exchanged for them since.
    const rejected = (failed: Report, result: ToolResult): AuthenticationFailed => {
      refused = shownFor.get(result) ?? refused
      return new AuthenticationFailed({ endpoint: address, report: failed, ...(doubt === undefined ? {} : { doubt }) })
    }

    const classified = Explain.make({
      endpoint,
      certificateAuthorities: settings.certificateAuthorities,
      run,
      doubt,
      hasExpired: expiredUnder,
      refused: rejected
    })

    const explain: Session["explain"] = (tool, result) =>
      Effect.flatMap(
        classified(tool, result),
        (error) => credentials.explain(need, shownFor.get(result) ?? current.set, error)
      )

    const ads: Session["ads"] = Effect.fnUntraced(function*(tool, args, take) {
      let reader = ToolOutput.reader(take)
      let beginning = ""
      const read = (text: string) => {
        beginning = ToolOutput.beginning(beginning + text.slice(0, ToolOutput.shown))
        reader.push(text)
      }
      const result = yield* run(tool, args, {
        take: () => {
          reader = ToolOutput.reader(take)
          beginning = ""
          return read
        }
      })
      if (result.exitCode !== 0) return Result.fail(result)
      read(result.stdout)
      const end = reader.end()
      if (Result.isSuccess(end)) return Result.succeed(end.success)
      return yield* Explain.unreadable(endpoint, tool, end.failure, beginning)
    })

    const owner = Effect.flatMap(
      latest,
      ({ set }) => remembered(need, set.token, Owner.ask({ endpoint, run, explain }))
    )

    const session: Session = { endpoint, identity, former, settings, proxy: first.proxy, run, ads, owner, explain }
    return { session, shown: Effect.sync(() => ({ refused, latest: current.set })) }
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
    const isTaken = yield* channels.forget(set)
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

  return { use } satisfies Sessions
})
