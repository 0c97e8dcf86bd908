/**
 * The credentials that a backend holds: asked for when they are needed, once for all who need them, and again before they
 * expire.
 */
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import {
  AuthenticationFailed,
  AuthorizationDenied,
  type BackendError,
  CredentialUnavailable,
  type Report
} from "../../../contract/BackendError.ts"
import { type Credential, CredentialProvider } from "../../../contract/Credential.ts"
import type { Settings } from "../../Config.ts"
import * as CredentialSet from "./CredentialSet.ts"
import * as Tuning from "./tuning.ts"

/**
 * - `get`: credentials that are good for longer than the margin of freshness, where there are such
 * - `renew`: other ones than these, which were refused or have expired; `undefined` if there are none
 * - `explain`: a refusal of these, with what in the token may be why
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

// What one was obtained for is good for the others as well, from the least to the most.
const alternatives: Readonly<Record<CredentialSet.Need, ReadonlyArray<CredentialSet.Need>>> = {
  read: ["read", "write", "submit"],
  write: ["write", "submit"],
  submit: ["submit"]
}

const whileLate = Schedule.min([Schedule.exponential(Tuning.firstLookAfter), Schedule.spaced(Tuning.laterLooksAfter)])
  .pipe(
    Schedule.jittered
  )

// A CE says little. The tool's words stay the first of the report.
const explained = (report: Report | undefined, doubts: ReadonlyArray<string>): Report => ({
  ...report,
  output: `${report?.output ?? ""} [of the token: ${doubts.join("; ")}]`.trimStart()
})

/**
 * Holds the credentials for one CE.
 */
export const make = Effect.fnUntraced(function*(settings: Settings, audience: string) {
  const provider = yield* CredentialProvider
  const margin = Duration.max(settings.freshness, Duration.fromInputUnsafe(provider.freshness ?? Duration.zero))
  const asked = (need: CredentialSet.Need) => CredentialSet.requirements(settings, audience, need)
  const unavailable = (detail: string) => new CredentialUnavailable({ resource: audience, detail })
  const held = new Map<CredentialSet.Need, CredentialSet.CredentialSet>()
  const gaveUntil = new Map<CredentialSet.Need, number>()
  const noteEnd = (need: CredentialSet.Need, given: Credential, now: number) => {
    if (given._tag === "X509Proxy") return
    const end = CredentialSet.chooseToken(given, asked(need), now)?.expiresAt
    if (end !== undefined) gaveUntil.set(need, DateTime.toEpochMillis(end))
  }
  // A provider that does not answer has no other ones.
  const revisionOf = (need: CredentialSet.Need) =>
    Effect.map(
      Effect.timeoutOption(provider.revision?.(asked(need)) ?? Effect.undefined, settings.timeout),
      Option.getOrUndefined
    )

  const askOnce = Effect.fnUntraced(function*(need: CredentialSet.Need, revision: string | undefined) {
    const given = yield* provider.credentials(asked(need)).pipe(
      Effect.timeoutOrElse({
        duration: settings.timeout,
        orElse: () =>
          Effect.fail(
            new CredentialUnavailable({
              resource: audience,
              detail: `the provider did not answer within ${Duration.toSeconds(settings.timeout)} s`,
              retry: "Later"
            })
          )
      })
    )
    const obtainedAt = yield* Clock.currentTimeMillis
    given.forEach((one) => noteEnd(need, one, obtainedAt))
    const accepted = yield* Effect.mapError(
      Effect.fromResult(CredentialSet.accept(given, asked(need), obtainedAt)),
      unavailable
    )
    const set: CredentialSet.CredentialSet = { ...accepted, obtainedAt, revision, isStale: false }
    held.set(need, set)
    return set
  })

  // The provider's last answer has just expired, so that the next one may come at any moment.
  const isLate = (need: CredentialSet.Need) =>
    Effect.map(Clock.currentTimeMillis, (now) =>
      alternatives[need].some((one) => {
        const set = held.get(one)
        const ends = [gaveUntil.get(one), set === undefined ? undefined : CredentialSet.goodUntil(set, need)]
        return ends.some((end) => end !== undefined && end <= now && now < end + Duration.toMillis(Tuning.lateness))
      }))

  const ask = (need: CredentialSet.Need, revision: string | undefined) =>
    Effect.retry(askOnce(need, revision), { schedule: whileLate, while: () => isLate(need) })

  const lookup = Effect.fnUntraced(function*(need: CredentialSet.Need) {
    // Before the credentials: a change in between is then seen the next time.
    const revision = yield* revisionOf(need)
    return yield* Effect.catch(
      ask(need, revision),
      Effect.fnUntraced(function*(error) {
        const now = yield* Clock.currentTimeMillis
        const old = alternatives[need]
          .flatMap((one) => held.get(one) ?? [])
          .find((set) => CredentialSet.goodUntil(set, need) > now)
        if (old === undefined) return yield* error
        const until = CredentialSet.goodUntil(old, need)
        yield* Effect.logWarning(
          `credentials that are good${
            until === Number.POSITIVE_INFINITY ? "" : ` until ${DateTime.formatIso(DateTime.makeUnsafe(until))}`
          } cannot be renewed: ${error.message}`
        )
        return { ...old, obtainedAt: now, revision, isStale: true }
      })
    )
  })

  // What is obtained with less left than twice the margin is kept for half of that, and not asked for again each time.
  const timeToLive = (
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

  const cache = yield* Cache.makeWith(lookup, { capacity: Object.keys(alternatives).length, timeToLive })

  const get = Effect.fnUntraced(function*(need: CredentialSet.Need) {
    const now = yield* Clock.currentTimeMillis
    for (const one of alternatives[need]) {
      const set = yield* Cache.getSuccess(cache, one)
      if (Option.isNone(set)) continue
      const revision = yield* revisionOf(one)
      // Those of a time to come are from before the clock was set back: nobody knows how old they are.
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
      for (const one of alternatives.read) yield* Cache.invalidateWhen(cache, one, isRefused)
    }
    const renewed = yield* Effect.option(get(need))
    return Option.getOrUndefined(Option.filter(renewed, (set) => !isRefused(set)))
  })

  const explain: Credentials["explain"] = (need, shown, error) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      if (!(error instanceof AuthenticationFailed || error instanceof AuthorizationDenied)) return error
      const doubts = CredentialSet.doubts(shown, asked(need), now)
      if (doubts.length === 0) return error
      const { endpoint, report } = error
      const why = { endpoint, report: explained(report, doubts) }
      if (error instanceof AuthorizationDenied) return new AuthorizationDenied(why)
      return new AuthenticationFailed({ ...why, ...(error.doubt === undefined ? {} : { doubt: error.doubt }) })
    })

  return { get, renew, explain } satisfies Credentials
})
