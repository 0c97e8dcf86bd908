/**
 * Reads the claims of a bearer token. It does not verify the signature: only the CE does that.
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { decodeJwt } from "jose/jwt/decode"
import type { CredentialRequirements } from "../../../contract/Credential.ts"

/**
 * - `audiences`, `scopes`: empty if the token has none
 * - `isWlcg`: whether it has the WLCG profile, which requires an audience and the scopes of an operation
 * - `hasScopeList`: whether its scopes are a JSON list. They should be one text, separated by blanks.
 */
export interface TokenClaims {
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly audiences: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<string>
  readonly notBefore: DateTime.Utc | undefined
  readonly expiresAt: DateTime.Utc | undefined
  readonly isWlcg: boolean
  readonly hasScopeList: boolean
}

const seconds = (time: unknown): DateTime.Utc | undefined =>
  !Predicate.isNumber(time) || !Number.isFinite(time)
    ? undefined
    : DateTime.makeUnsafe(Math.min(Math.max(time, 0), 8.64e12) * 1000)

const text = (value: unknown): string | undefined => Predicate.isString(value) ? value : undefined

const texts = (value: unknown): ReadonlyArray<string> =>
  (Array.isArray(value) ? value : [value]).filter(Predicate.isString)

/**
 * The scopes for queries at a CE.
 */
export const readScopes: ReadonlyArray<string> = ["compute.read"]

/**
 * The scopes for every change of a job. HTCondor requires all three together, whatever the change.
 */
export const writeScopes: ReadonlyArray<string> = ["compute.create", "compute.modify", "compute.cancel"]

/**
 * Reads a token. Undefined if it is not a JSON web token. A claim with a wrong type counts as absent.
 */
export const read = (token: Redacted.Redacted<string>): TokenClaims | undefined => {
  const decoded = Result.try((): Readonly<Record<string, unknown>> => decodeJwt(Redacted.value(token)))
  if (Result.isFailure(decoded)) return undefined
  const { aud, exp, iss, nbf, scope, sub, "wlcg.ver": version } = decoded.success
  return {
    issuer: text(iss),
    subject: text(sub),
    audiences: texts(aud),
    scopes: texts(scope).flatMap((one) => one.split(" ")).filter((one) => one !== ""),
    notBefore: seconds(nbf),
    expiresAt: seconds(exp),
    isWlcg: version !== undefined,
    hasScopeList: Array.isArray(scope)
  }
}

// The audiences that mean "every audience", in the WLCG and in the SciTokens profile.
const everywhere: ReadonlySet<string> = new Set(["https://wlcg.cern.ch/jwt/v1/any", "ANY"])

/**
 * Whether a token is for a CE with this audience, by the rules of HTCondor's daemons (`SCITOKENS_SERVER_AUDIENCE`): a token of
 * the WLCG profile must have an audience.
 */
export const isFor = ({ audiences, isWlcg }: TokenClaims, audience: string): boolean =>
  audiences.length === 0 ? !isWlcg : audiences.some((one) => one === audience || everywhere.has(one))

// A path restricts a scope to a part of a resource. HTCondor ignores it for a CE: `compute.read:/x` is `compute.read`.
const withoutPath = (scope: string): string => scope.startsWith("condor:") ? scope : scope.replace(/:.*/, "")

/**
 * The scopes for an operation that a token of the WLCG profile lacks.
 *
 * **Details**
 *
 * HTCondor accepts `condor:/READ` and `condor:/WRITE` instead of the `compute` scopes, and write access includes read access. It
 * ignores the path of a `compute` scope.
 */
export const missing = (
  { isWlcg, scopes }: TokenClaims,
  needed: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const held = scopes.map(withoutPath)
  const covers = (all: ReadonlyArray<string>) => all.every((one) => held.includes(one))
  const grants = (right: string) => held.some((one) => one === `condor:/${right}` || one === `condor:${right}`)
  if (!isWlcg || grants("WRITE") || covers(writeScopes)) return []
  return needed.filter((one) => !held.includes(one) && !(grants("READ") && readScopes.includes(one)))
}

const quoted = (words: ReadonlyArray<string>): string => words.map((word) => JSON.stringify(word)).join(", ")

const ofAudience = (claims: TokenClaims, audience: string): ReadonlyArray<string> =>
  isFor(claims, audience)
    ? []
    : claims.audiences.length === 0
    ? [`it is for no audience, and ${JSON.stringify(audience)} is the one of the compute element`]
    : [`it is for the audience ${quoted(claims.audiences)}, and not for ${JSON.stringify(audience)}`]

/**
 * The contents of a token for which a CE may refuse it, as messages. Empty if all looks right.
 *
 * **Details**
 *
 * Only the CE decides. It may accept other audiences than this host knows, and tokens of issuers whose claims have another
 * meaning (`SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS`). An IDTOKEN has no audience, and its scopes are its rights at the CE.
 */
export const doubts = (
  claims: TokenClaims,
  { kinds, resource, scopes }: CredentialRequirements,
  now: number
): ReadonlyArray<string> => {
  const { expiresAt, hasScopeList, notBefore, scopes: held } = claims
  const isSciToken = kinds.includes("SciToken")
  const lacks = isSciToken
    ? missing(claims, scopes)
    : held.length > 0 && !held.includes("condor:/WRITE") && scopes.some((one) => writeScopes.includes(one))
    ? ["condor:/WRITE"]
    : []
  return [
    ...(notBefore !== undefined && DateTime.toEpochMillis(notBefore) > now
      ? [`it is not good before ${DateTime.formatIso(notBefore)}`]
      : []),
    ...(isSciToken && expiresAt === undefined ? ["it does not say when it expires"] : []),
    ...(isSciToken ? ofAudience(claims, resource) : []),
    ...(isSciToken && hasScopeList ? ["its scopes are a list, and not words in one text"] : []),
    ...(lacks.length === 0 ? [] : [`it lacks the scopes ${quoted(lacks)}`])
  ]
}
