/**
 * What a bearer token says about itself. Its signature is for the compute element to judge: nothing here proves a token.
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { decodeJwt } from "jose/jwt/decode"
import type { CredentialRequirements } from "../../../contract/Credential.ts"

/**
 * - `audiences`, `scopes`: none if the token names none
 * - `isWlcg`: whether it follows the WLCG profile, which demands an audience and the scopes of an operation
 * - `hasScopeList`: whether its scopes are a list, and not words in one text, as they should be
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
 * What reading at a CE needs.
 */
export const readScopes: ReadonlyArray<string> = ["compute.read"]

/**
 * What HTCondor needs for anything that changes a job: all three together, whichever change it is.
 */
export const writeScopes: ReadonlyArray<string> = ["compute.create", "compute.modify", "compute.cancel"]

/**
 * Reads a token; `undefined` if it is no JSON web token. A claim of a type that it should not have is as if it were absent.
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

// What stands for every audience, in the WLCG and in the SciTokens profile.
const everywhere: ReadonlySet<string> = new Set(["https://wlcg.cern.ch/jwt/v1/any", "ANY"])

/**
 * Whether a token is for a compute element whose audience is this, as HTCondor's daemons see it
 * (`SCITOKENS_SERVER_AUDIENCE`): a token of the WLCG profile must have an audience.
 */
export const isFor = ({ audiences, isWlcg }: TokenClaims, audience: string): boolean =>
  audiences.length === 0 ? !isWlcg : audiences.some((one) => one === audience || everywhere.has(one))

// A path says for which part of a resource the scope is, and a CE is whole: to HTCondor `compute.read:/x` is `compute.read`.
const withoutPath = (scope: string): string => scope.startsWith("condor:") ? scope : scope.replace(/:.*/, "")

/**
 * The scopes of an operation that a token of the WLCG profile does not have.
 *
 * **Details**
 *
 * HTCondor takes `condor:/READ` and `condor:/WRITE` in the place of the scopes for computing, and whoever may write may
 * read. It looks at no path in a scope for computing.
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
 * What in a token may be why a compute element refuses it, in words; nothing if all looks well.
 *
 * **Details**
 *
 * The CE decides, and not these words: it may have other audiences than this host knows of, and take tokens of issuers whose
 * claims mean something else (`SEC_SCITOKENS_FOREIGN_TOKEN_ISSUERS`). An IDTOKEN has no audience, and its scopes are the
 * rights that it has at the CE.
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
