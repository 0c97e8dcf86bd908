/**
 * The credentials of one operation: the request to a provider, and the choice from its answer.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { Credential, CredentialKind, CredentialRequirements } from "../../../contract/Credential.ts"
import * as TokenText from "../../../credentials/TokenText.ts"
import type { Settings } from "../../Config.ts"
import * as ProxyCertificate from "./ProxyCertificate.ts"
import * as TokenClaims from "./TokenClaims.ts"

/**
 * The purpose of an operation: to query (`read`), to change jobs (`write`), or to submit jobs (`submit`), which may need a proxy
 * certificate for them.
 */
export type Need = "read" | "write" | "submit"

/**
 * The credentials of one operation.
 *
 * - `token`: one token, or several IDTOKENs, one on each line
 * - `proxy`: only for submissions
 * - `expiresAt`: when the first of the tokens expires, in milliseconds since the epoch
 */
export interface CredentialSet {
  readonly token: Redacted.Redacted<string>
  readonly proxy: { readonly text: Redacted.Redacted<string>; readonly expiresAt: DateTime.Utc } | undefined
  readonly expiresAt: number | undefined
  readonly obtainedAt: number
  readonly revision: string | undefined
  /** Used again because the provider had no newer ones. */
  readonly isStale: boolean
}

/**
 * `condor_submit` rejects a proxy certificate that expires sooner (`CRED_MIN_TIME_LEFT`).
 */
export const proxyMinimum = Duration.minutes(2)

/**
 * The request to a provider.
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

// The provider may say that a credential ends earlier than its content says, but not later.
const sooner = (one: DateTime.Utc | undefined, other: DateTime.Utc): DateTime.Utc =>
  one === undefined ? other : DateTime.min(one, other)

const sooners = (ends: ReadonlyArray<DateTime.Utc | undefined>): DateTime.Utc | undefined =>
  ends.reduce((first, end) => end === undefined ? first : sooner(first, end), undefined)

type TokenCredential = Exclude<Credential, { readonly _tag: "X509Proxy" }>

const isPast = (end: DateTime.Utc | undefined, now: number): boolean =>
  end !== undefined && DateTime.toEpochMillis(end) <= now

/** The chosen tokens, and when the first of them expires. */
interface Shown {
  readonly token: Redacted.Redacted<string>
  readonly expiresAt: DateTime.Utc | undefined
}

/**
 * Chooses from a provider's tokens. HTCondor uses the first IDTOKEN that the CE has signed, even if it has expired, and simply
 * the first SciToken.
 */
export const chooseToken = (
  { _tag: kind, expiresAt, token }: TokenCredential,
  { resource }: Pick<CredentialRequirements, "resource">,
  now: number
): Shown | undefined => {
  const all = TokenText.tokens(Redacted.value(token)).map((text) => ({
    text,
    claims: TokenClaims.read(Redacted.make(text))
  }))
  const current = all.filter(({ claims }) => !isPast(claims?.expiresAt, now))
  const good = current.length > 0 ? current : all.slice(0, 1)
  const fitting = good.find(({ claims }) => claims !== undefined && TokenClaims.isFor(claims, resource)) ?? good[0]
  if (fitting === undefined) return undefined
  const shown = kind === "IdToken" ? good : [fitting]
  const text = shown.map((one) => one.text).join("\n")
  return {
    // Keeps the provider's own value if possible, because it has the provider's label.
    token: text === Redacted.value(token) ? token : Redacted.make(text),
    expiresAt: sooners([expiresAt, ...shown.map(({ claims }) => claims?.expiresAt)])
  }
}

const checkProxy = (
  credential: Extract<Credential, { readonly _tag: "X509Proxy" }>,
  now: number
): Result.Result<CredentialSet["proxy"], string> => {
  const read = ProxyCertificate.read(credential.proxy)
  if (Result.isFailure(read)) return Result.fail(`the proxy certificate is unusable: ${read.failure}`)
  const ends = sooner(credential.expiresAt, read.success.expiresAt)
  const left = DateTime.toEpochMillis(ends) - now
  if (left >= Duration.toMillis(proxyMinimum)) return Result.succeed({ text: credential.proxy, expiresAt: ends })
  return Result.fail(
    left <= 0
      ? `the proxy certificate expired at ${DateTime.formatIso(ends)}`
      : `the proxy certificate expires at ${DateTime.formatIso(ends)}, which is too soon for condor_submit`
  )
}

/**
 * Chooses the credentials for a request from a provider's answer. Fails with the reason, which contains no secret. Whether the
 * token's audience and scopes suffice is decided by the CE.
 */
export const accept = (
  given: ReadonlyArray<Credential>,
  asked: CredentialRequirements,
  now: number
): Result.Result<Pick<CredentialSet, "token" | "proxy" | "expiresAt">, string> => {
  const byKind = new Map(given.map((credential) => [credential._tag, credential]))
  let shown: Shown | undefined
  let proxy: CredentialSet["proxy"]
  for (const kind of asked.kinds) {
    const credential = byKind.get(kind)
    if (credential === undefined) return Result.fail(`the provider gave no ${kind}`)
    if (credential._tag === "X509Proxy") {
      const checked = checkProxy(credential, now)
      if (Result.isFailure(checked)) return Result.fail(checked.failure)
      proxy = checked.success
    } else {
      shown = chooseToken(credential, asked, now)
      if (shown === undefined) return Result.fail("the provider's answer is not a token")
      if (shown.expiresAt !== undefined && isPast(shown.expiresAt, now)) {
        return Result.fail(`the token expired at ${DateTime.formatIso(shown.expiresAt)}`)
      }
    }
  }
  if (shown === undefined) return Result.fail("the provider gave no token")
  const { expiresAt, token } = shown
  return Result.succeed({
    token,
    proxy,
    expiresAt: expiresAt === undefined ? undefined : DateTime.toEpochMillis(expiresAt)
  })
}

/**
 * The contents of a token for which a CE may refuse it, as {@link TokenClaims.doubts} says. With several IDTOKENs, it is not
 * known which one the tools used.
 */
export const doubts = (
  { token }: Pick<CredentialSet, "token">,
  asked: CredentialRequirements,
  now: number
): ReadonlyArray<string> => {
  const claims = TokenClaims.read(token)
  return claims === undefined ? [] : TokenClaims.doubts(claims, asked, now)
}

/**
 * Until when a set can be used, in milliseconds since the epoch.
 */
export const goodUntil = ({ expiresAt, proxy }: CredentialSet, need: Need): number =>
  Math.min(
    expiresAt ?? Number.POSITIVE_INFINITY,
    need === "submit" && proxy !== undefined
      ? DateTime.toEpochMillis(proxy.expiresAt) - Duration.toMillis(proxyMinimum)
      : Number.POSITIVE_INFINITY
  )

/**
 * Whether the token of a set has expired.
 */
export const hasExpired = (set: CredentialSet): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => set.expiresAt !== undefined && set.expiresAt <= now)
