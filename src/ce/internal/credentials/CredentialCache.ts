/**
 * The credentials that a backend holds. It requests them when they are first needed, once for all callers, and again before they
 * expire.
 */
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import {
  AuthenticationFailed,
  AuthorizationDenied,
  type BackendError,
  type CredentialUnavailable,
  type Report
} from "../../../contract/BackendError.ts"
import { CredentialProvider } from "../../../contract/Credential.ts"
import * as Metrics from "../../../contract/Metrics.ts"
import type { Settings } from "../../Config.ts"
import * as CredentialRequest from "./CredentialRequest.ts"
import * as CredentialSet from "./CredentialSet.ts"
import * as Tuning from "./tuning.ts"

/**
 * - `get`: credentials that are valid for longer than the freshness margin, if the provider has any
 * - `renew`: other credentials than these, which were refused or have expired; undefined if there are none
 * - `explain`: adds contents of the token that may be the reason to the error of a refusal
 */
export interface Credentials {
  get(need: CredentialSet.Need): Effect.Effect<CredentialSet.CredentialSet, CredentialUnavailable>
  renew(
    need: CredentialSet.Need,
    refused: CredentialSet.CredentialSet
  ): Effect.Effect<CredentialSet.CredentialSet | undefined>
  explain(
    need: CredentialSet.Need,
    shown: Pick<CredentialSet.CredentialSet, "token">,
    error: BackendError
  ): Effect.Effect<BackendError>
}

// A CE gives few details. The tool's message stays first in the report.
const explained = (report: Report | undefined, doubts: ReadonlyArray<string>): Report => ({
  ...report,
  output: `${report?.output ?? ""} [of the token: ${doubts.join("; ")}]`.trimStart()
})

// Credentials with less time left than twice the margin are kept for half of that time, so that not every operation renews them.
const timeToLive = (margin: Duration.Duration) =>
(
  exit: Exit.Exit<CredentialSet.CredentialSet, CredentialUnavailable>,
  need: CredentialSet.Need
): Duration.Duration => {
  if (Exit.isFailure(exit)) return Duration.zero
  const until = CredentialSet.goodUntil(exit.value, need)
  const left = until - exit.value.obtainedAt
  const fresh = until === Number.POSITIVE_INFINITY
    ? Duration.infinity
    : Duration.millis(Math.max(left - Duration.toMillis(margin), left / 2))
  return exit.value.isStale ? Duration.min(fresh, Tuning.askAgainAfter) : fresh
}

/**
 * Makes the cache of one CE.
 */
export const make = Effect.fnUntraced(function*(settings: Settings, audience: string, endpoint: string) {
  const provider = yield* CredentialProvider
  const { obtain, revisionOf } = CredentialRequest.make(provider, settings, audience)
  const margin = Duration.max(settings.freshness, Duration.fromInputUnsafe(provider.freshness ?? Duration.zero))
  const noteExpiry = (kind: string, expiresAt: number | undefined) =>
    expiresAt === undefined
      ? Effect.void
      : Metric.update(Metric.withAttributes(Metrics.credentialExpiry, { endpoint, kind }), expiresAt / 1000)
  const obtained = (need: CredentialSet.Need) =>
    Effect.tap(obtain(need), ({ expiresAt, proxy }) =>
      Effect.andThen(
        noteExpiry(settings.token, expiresAt),
        noteExpiry("X509Proxy", proxy === undefined ? undefined : DateTime.toEpochMillis(proxy.expiresAt))
      ))
  const cache = yield* Cache.makeWith(obtained, {
    capacity: Object.keys(CredentialRequest.alternatives).length,
    timeToLive: timeToLive(margin)
  })

  const get = Effect.fnUntraced(function*(need: CredentialSet.Need) {
    const now = yield* Clock.currentTimeMillis
    for (const one of CredentialRequest.alternatives[need]) {
      const set = yield* Cache.getSuccess(cache, one)
      if (Option.isNone(set)) continue
      const revision = yield* revisionOf(one)
      // If they are from the future, the clock was set back since: their age is unknown.
      const isCurrent = ({ obtainedAt, ...current }: CredentialSet.CredentialSet) =>
        obtainedAt <= now && (revision === undefined || current.revision === revision)
      if (isCurrent(set.value)) return set.value
      yield* Cache.invalidateWhen(cache, one, (current) => !isCurrent(current))
    }
    return yield* Cache.get(cache, need)
  })

  const renew = Effect.fnUntraced(function*(need: CredentialSet.Need, refused: CredentialSet.CredentialSet) {
    const age = (yield* Clock.currentTimeMillis) - refused.obtainedAt
    const isYoung = age >= 0 && age < Duration.toMillis(Tuning.askAgainAfter)
    const isRefused = ({ token }: CredentialSet.CredentialSet) =>
      Redacted.value(token) === Redacted.value(refused.token)
    if (!isYoung || (yield* CredentialSet.hasExpired(refused))) {
      for (const one of CredentialRequest.alternatives.read) yield* Cache.invalidateWhen(cache, one, isRefused)
    }
    const renewed = yield* Effect.option(get(need))
    return Option.getOrUndefined(Option.filter(renewed, (set) => !isRefused(set)))
  })

  const explain: Credentials["explain"] = (need, shown, error) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (!(error instanceof AuthenticationFailed || error instanceof AuthorizationDenied)) return error
      const doubts = CredentialSet.doubts(shown, CredentialSet.requirements(settings, audience, need), now)
      if (doubts.length === 0) return error
      const { endpoint, report } = error
      const why = { endpoint, report: explained(report, doubts) }
      if (error instanceof AuthorizationDenied) return new AuthorizationDenied(why)
      return new AuthenticationFailed({ ...why, ...(error.doubt === undefined ? {} : { doubt: error.doubt }) })
    })

  return { get, renew, explain } satisfies Credentials
})
