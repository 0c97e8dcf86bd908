/**
 * The credentials that a backend holds: asked for when they are needed, once for all who need them, and again before they
 * expire.
 *
 * @since 0.1.0
 */
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import { CredentialUnavailable } from "../contract/BackendError.ts"
import {
  type Credential,
  type CredentialKind,
  CredentialProvider,
  type CredentialRequirements
} from "../contract/Credential.ts"
import type { Settings } from "./Config.ts"
import * as ProxyCertificate from "./ProxyCertificate.ts"
import * as TokenClaims from "./TokenClaims.ts"

/**
 * What an operation does at the CE: it looks, it changes jobs, or it submits, which takes a proxy certificate along where
 * the CE wants one.
 *
 * @category models
 * @since 0.1.0
 */
export type Need = "read" | "write" | "submit"

/**
 * Credentials that are shown together. `expiresAt` is when the token expires, in milliseconds since the epoch; a proxy
 * certificate matters for a submission alone.
 *
 * @category models
 * @since 0.1.0
 */
export interface CredentialSet {
  readonly token: Redacted.Redacted<string>
  readonly proxy: { readonly text: Redacted.Redacted<string>; readonly expiresAt: DateTime.Utc } | undefined
  readonly expiresAt: number | undefined
  readonly obtainedAt: number
  readonly revision: string | undefined
  /** Held on to although newer ones were asked for. */
  readonly isStale: boolean
}

/**
 * - `get`: credentials that are good for longer than the margin of freshness, where there are such
 * - `renew`: other ones than these, which were refused or have expired; `undefined` if there are none
 *
 * @category models
 * @since 0.1.0
 */
export interface Credentials {
  get(need: Need): Effect.Effect<CredentialSet, CredentialUnavailable>
  renew(need: Need, refused: CredentialSet): Effect.Effect<CredentialSet | undefined>
}

// What one was obtained for is good for the others as well, from the least to the most.
const alternatives: Readonly<Record<Need, ReadonlyArray<Need>>> = {
  read: ["read", "write", "submit"],
  write: ["write", "submit"],
  submit: ["submit"]
}

/**
 * `condor_submit` takes no proxy that is good for less (`CRED_MIN_TIME_LEFT`).
 *
 * @category constants
 * @since 0.1.0
 */
export const proxyMinimum = Duration.minutes(2)

// After a failure, and for a credential that a CE refuses although it has not expired.
const askAgainAfter = Duration.seconds(30)

// How long after the end of a credential its successor may come: whoever replaces a token when it expires is a little late.
const lateness = Duration.seconds(5)

const whileLate = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("500 millis")]).pipe(
  Schedule.jittered
)

/**
 * What a provider is asked for.
 *
 * @category constructors
 * @since 0.1.0
 */
export const requirements = (
  settings: Pick<Settings, "token" | "proxy">,
  audience: string,
  need: Need
): CredentialRequirements => {
  const kinds: readonly [CredentialKind, ...Array<CredentialKind>] = need === "submit" && settings.proxy
    ? [settings.token, "X509Proxy"]
    : [settings.token]
  return {
    resource: audience,
    kinds,
    scopes: need === "read" ? TokenClaims.readScopes : TokenClaims.writeScopes
  }
}

const quoted = (words: ReadonlyArray<string>): string => words.map((word) => JSON.stringify(word)).join(", ")

// The provider may know better when a credential ends, but not that it lasts longer than it says itself.
const sooner = (one: DateTime.Utc | undefined, other: DateTime.Utc): DateTime.Utc =>
  one === undefined ? other : DateTime.min(one, other)

// The backend reads only what concerns it, and leaves to the CE what it does not understand.
const checkToken = (
  { expiresAt, token }: { readonly token: Redacted.Redacted<string>; readonly expiresAt?: DateTime.Utc | undefined },
  { resource, scopes, kinds }: CredentialRequirements
): Result.Result<DateTime.Utc | undefined, string> => {
  // A token is base64url in three parts; anything else, a newline above all, could add a token of its own to the file.
  if (!/^[A-Za-z0-9_=.-]+$/.test(Redacted.value(token))) return Result.fail("what the provider gave is not a token")
  const claims = TokenClaims.read(token)
  if (claims === undefined) return Result.succeed(expiresAt)
  if (kinds.includes("SciToken")) {
    if (!TokenClaims.isFor(claims, resource)) {
      return Result.fail(
        claims.audiences.length === 0
          ? `the token is for no audience, and ${resource} is the one of the compute element`
          : `the token is for the audience ${quoted(claims.audiences)}, and not for ${JSON.stringify(resource)}`
      )
    }
    const missing = TokenClaims.missing(claims, scopes)
    if (missing.length > 0) return Result.fail(`the token lacks the scopes ${quoted(missing)}`)
  }
  return Result.succeed(claims.expiresAt === undefined ? expiresAt : sooner(expiresAt, claims.expiresAt))
}

/**
 * The credentials that are good for what was asked, of those that a provider gave; or what is wrong with them, without any of
 * them.
 *
 * @category converting
 * @since 0.1.0
 */
export const accept = (
  given: ReadonlyArray<Credential>,
  asked: CredentialRequirements,
  now: number
): Result.Result<Pick<CredentialSet, "token" | "proxy" | "expiresAt">, string> => {
  const byKind = new Map(given.map((credential) => [credential._tag, credential]))
  const absent = asked.kinds.find((kind) => !byKind.has(kind))
  if (absent !== undefined) return Result.fail(`the provider gave no ${absent}`)
  let expiresAt: number | undefined
  let token: Redacted.Redacted<string> | undefined
  let proxy: CredentialSet["proxy"]
  for (const kind of asked.kinds) {
    const credential = byKind.get(kind)
    if (credential === undefined) continue
    if (credential._tag === "X509Proxy") {
      const read = ProxyCertificate.read(credential.proxy)
      if (Result.isFailure(read)) return Result.fail(`the proxy certificate is of no use: ${read.failure}`)
      const ends = sooner(credential.expiresAt, read.success.expiresAt)
      const left = DateTime.toEpochMillis(ends) - now
      if (left < Duration.toMillis(proxyMinimum)) {
        return Result.fail(
          left <= 0
            ? `the proxy certificate expired at ${DateTime.formatIso(ends)}`
            : `the proxy certificate expires at ${DateTime.formatIso(ends)}, which is too soon for condor_submit`
        )
      }
      proxy = { text: credential.proxy, expiresAt: ends }
    } else {
      const checked = checkToken(credential, asked)
      if (Result.isFailure(checked)) return Result.fail(checked.failure)
      token = credential.token
      if (checked.success === undefined) continue
      expiresAt = DateTime.toEpochMillis(checked.success)
      if (expiresAt <= now) return Result.fail(`the token expired at ${DateTime.formatIso(checked.success)}`)
    }
  }
  if (token === undefined) return Result.fail("the provider gave no token")
  return Result.succeed({ token, proxy, expiresAt })
}

// Until when a set is of use, in milliseconds since the epoch.
const goodUntil = ({ expiresAt, proxy }: CredentialSet, need: Need): number =>
  Math.min(
    expiresAt ?? Number.POSITIVE_INFINITY,
    need === "submit" && proxy !== undefined
      ? DateTime.toEpochMillis(proxy.expiresAt) - Duration.toMillis(proxyMinimum)
      : Number.POSITIVE_INFINITY
  )

/**
 * Whether the token of a set has expired.
 *
 * @category predicates
 * @since 0.1.0
 */
export const hasExpired = (set: CredentialSet): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => set.expiresAt !== undefined && set.expiresAt <= now)

/**
 * Holds the credentials for one CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(settings: Settings, audience: string) {
  const provider = yield* CredentialProvider
  const margin = Duration.max(settings.freshness, Duration.fromInputUnsafe(provider.freshness ?? Duration.zero))
  const asked = (need: Need) => requirements(settings, audience, need)
  const unavailable = (detail: string) => new CredentialUnavailable({ resource: audience, detail })
  const held = new Map<Need, CredentialSet>()
  const gaveUntil = new Map<Need, number>()
  const noteEnd = (need: Need, given: Credential) => {
    if (given._tag === "X509Proxy") return
    const end = checkToken(given, asked(need))
    if (Result.isSuccess(end) && end.success !== undefined) gaveUntil.set(need, DateTime.toEpochMillis(end.success))
  }
  // A provider that does not answer has no other ones.
  const revisionOf = (need: Need) =>
    Effect.map(
      Effect.timeoutOption(provider.revision?.(asked(need)) ?? Effect.undefined, settings.timeout),
      Option.getOrUndefined
    )

  const askOnce = Effect.fnUntraced(function*(need: Need, revision: string | undefined) {
    const given = yield* provider.credentials(asked(need)).pipe(
      Effect.timeoutOrElse({
        duration: settings.timeout,
        orElse: () =>
          Effect.fail(unavailable(`the provider did not answer within ${Duration.toSeconds(settings.timeout)} s`))
      })
    )
    const obtainedAt = yield* Clock.currentTimeMillis
    given.forEach((one) => noteEnd(need, one))
    const accepted = yield* Effect.mapError(Effect.fromResult(accept(given, asked(need), obtainedAt)), unavailable)
    const set: CredentialSet = { ...accepted, obtainedAt, revision, isStale: false }
    held.set(need, set)
    return set
  })

  // The provider's last answer has just expired, so that the next one may come at any moment.
  const isLate = (need: Need) =>
    Effect.map(Clock.currentTimeMillis, (now) =>
      alternatives[need].some((one) => {
        const set = held.get(one)
        const ends = [gaveUntil.get(one), set === undefined ? undefined : goodUntil(set, need)]
        return ends.some((end) => end !== undefined && end <= now && now < end + Duration.toMillis(lateness))
      }))

  const ask = (need: Need, revision: string | undefined) =>
    Effect.retry(askOnce(need, revision), { schedule: whileLate, while: () => isLate(need) })

  const lookup = Effect.fnUntraced(function*(need: Need) {
    // Before the credentials: a change in between is then seen the next time.
    const revision = yield* revisionOf(need)
    return yield* Effect.catch(
      ask(need, revision),
      Effect.fnUntraced(function*(error) {
        const now = yield* Clock.currentTimeMillis
        const old = alternatives[need]
          .flatMap((one) => held.get(one) ?? [])
          .find((set) => goodUntil(set, need) > now)
        if (old === undefined) return yield* error
        const until = goodUntil(old, need)
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
  const timeToLive = (exit: Exit.Exit<CredentialSet, CredentialUnavailable>, need: Need): Duration.Duration => {
    if (Exit.isFailure(exit)) return Duration.zero
    const until = goodUntil(exit.value, need)
    const left = until - exit.value.obtainedAt
    const fresh = until === Number.POSITIVE_INFINITY
      ? Duration.infinity
      : Duration.millis(Math.max(left - Duration.toMillis(margin), left / 2))
    return exit.value.isStale ? Duration.min(fresh, askAgainAfter) : fresh
  }

  const cache = yield* Cache.makeWith(lookup, { capacity: Object.keys(alternatives).length, timeToLive })

  const get = Effect.fnUntraced(function*(need: Need) {
    for (const one of alternatives[need]) {
      const set = yield* Cache.getSuccess(cache, one)
      if (Option.isNone(set)) continue
      const revision = yield* revisionOf(one)
      if (revision === undefined || set.value.revision === revision) return set.value
      yield* Cache.invalidateWhen(cache, one, (current) => current.revision !== revision)
    }
    return yield* Cache.get(cache, need)
  })

  const renew = Effect.fnUntraced(function*(need: Need, refused: CredentialSet) {
    const now = yield* Clock.currentTimeMillis
    const isYoung = now - refused.obtainedAt < Duration.toMillis(askAgainAfter)
    const isRefused = ({ token }: CredentialSet) => Redacted.value(token) === Redacted.value(refused.token)
    if (!isYoung || (yield* hasExpired(refused))) {
      for (const one of alternatives.read) yield* Cache.invalidateWhen(cache, one, isRefused)
    }
    const renewed = yield* Effect.option(get(need))
    return Option.getOrUndefined(Option.filter(renewed, (set) => !isRefused(set)))
  })

  return { get, renew } satisfies Credentials
})
