/**
 * What a bearer token says about itself. Its signature is for the compute element to judge: nothing here proves a token.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { decodeJwt } from "jose/jwt/decode"

/**
 * - `audiences`, `scopes`: none if the token names none
 * - `isWlcg`: whether it follows the WLCG profile, which demands an audience and the scopes of an operation
 *
 * @category models
 * @since 0.1.0
 */
export interface TokenClaims {
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly audiences: ReadonlyArray<string>
  readonly scopes: ReadonlyArray<string>
  readonly notBefore: DateTime.Utc | undefined
  readonly expiresAt: DateTime.Utc | undefined
  readonly isWlcg: boolean
}

// What nothing is decided by may be of any type.
const Claims = Schema.Struct({
  iss: Schema.optionalKey(Schema.Unknown),
  sub: Schema.optionalKey(Schema.Unknown),
  aud: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  scope: Schema.optionalKey(Schema.String),
  nbf: Schema.optionalKey(Schema.Unknown),
  exp: Schema.optionalKey(Schema.Finite),
  "wlcg.ver": Schema.optionalKey(Schema.Unknown)
})

const seconds = (time: unknown): DateTime.Utc | undefined =>
  !Predicate.isNumber(time) || !Number.isFinite(time)
    ? undefined
    : DateTime.makeUnsafe(Math.min(Math.max(time, 0), 8.64e12) * 1000)

/**
 * What reading at a CE needs.
 *
 * @category constants
 * @since 0.1.0
 */
export const readScopes: ReadonlyArray<string> = ["compute.read"]

/**
 * What HTCondor needs for anything that changes a job: all three together, whichever change it is.
 *
 * @category constants
 * @since 0.1.0
 */
export const writeScopes: ReadonlyArray<string> = ["compute.create", "compute.modify", "compute.cancel"]

/**
 * Reads a token; `undefined` if it is no JSON web token whose claims have the types that they should.
 *
 * @category converting
 * @since 0.1.0
 */
export const read = (token: Redacted.Redacted<string>): TokenClaims | undefined => {
  const decoded = Result.try(() => decodeJwt(Redacted.value(token)))
  if (Result.isFailure(decoded)) return undefined
  const claims = Schema.decodeUnknownResult(Claims)(decoded.success)
  if (Result.isFailure(claims)) return undefined
  const { aud = [], exp, iss, nbf, scope = "", sub } = claims.success
  return {
    issuer: Predicate.isString(iss) ? iss : undefined,
    subject: Predicate.isString(sub) ? sub : undefined,
    audiences: typeof aud === "string" ? [aud] : aud,
    scopes: scope.split(" ").filter((one) => one !== ""),
    notBefore: seconds(nbf),
    expiresAt: seconds(exp),
    isWlcg: claims.success["wlcg.ver"] !== undefined
  }
}

// What stands for every audience, in the WLCG and in the SciTokens profile.
const everywhere: ReadonlySet<string> = new Set(["https://wlcg.cern.ch/jwt/v1/any", "ANY"])

/**
 * Whether a token is for a compute element whose audience is this, as HTCondor's daemons see it
 * (`SCITOKENS_SERVER_AUDIENCE`): a token of the WLCG profile must have an audience.
 *
 * @category predicates
 * @since 0.1.0
 */
export const isFor = ({ audiences, isWlcg }: TokenClaims, audience: string): boolean =>
  audiences.length === 0 ? !isWlcg : audiences.some((one) => one === audience || everywhere.has(one))

/**
 * The scopes of an operation that a token of the WLCG profile does not have.
 *
 * **Details**
 *
 * HTCondor takes `condor:/READ` and `condor:/WRITE` in the place of the scopes for computing, and whoever may write may
 * read.
 *
 * @category getters
 * @since 0.1.0
 */
export const missing = (
  { isWlcg, scopes: held }: TokenClaims,
  scopes: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const covers = (all: ReadonlyArray<string>) => all.every((one) => held.includes(one))
  if (!isWlcg || held.includes("condor:/WRITE") || covers(writeScopes)) return []
  const reads = held.includes("condor:/READ")
  return scopes.filter((one) => !held.includes(one) && !(reads && readScopes.includes(one)))
}
