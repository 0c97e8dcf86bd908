/**
 * Checks whether a CE accepts the credentials: first their own content, then the answers of the daemons.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import * as Ping from "../../../condor/tools/Ping.ts"
import type { Refusal } from "../../../condor/tools/Trace.ts"
import * as HostName from "../../../contract/HostName.ts"
import { proxyMinimum } from "../credentials/CredentialSet.ts"
import type { ProxyCertificate } from "../credentials/ProxyCertificate.ts"
import type { TokenClaims } from "../credentials/TokenClaims.ts"
import { failed, type Finding, lasting, ok, skipped, warning } from "./Check.ts"
import type { Reply } from "./ToolProbe.ts"

/**
 * The kinds of tokens.
 */
export type TokenKind = "IdToken" | "SciToken"

const method = (kind: TokenKind): string => kind === "IdToken" ? "IDTOKENS" : "SCITOKENS"

const list = (words: ReadonlyArray<string>): string => words.join(" ")

const described = (kind: TokenKind, claims: TokenClaims, left: number | undefined): string =>
  [
    `${kind} of ${claims.subject ?? "nobody"}${claims.issuer === undefined ? "" : ` by ${claims.issuer}`}`,
    ...(claims.audiences.length === 0 ? [] : [`for ${list(claims.audiences)}`]),
    ...(claims.scopes.length === 0 ? [] : [`scopes ${list(claims.scopes)}`]),
    left === undefined ? "does not expire" : left <= 0 ? `expired ${lasting(left)} ago` : `${lasting(left)} left`
  ].join(", ")

/**
 * The facts about a token.
 *
 * - `doubts`: contents for which a CE may refuse it
 * - `acceptable`: whether it may be used for writing; if not, why
 * - `readable`: whether it may be used for reading; if not, why
 * - `earliest`, `latest`: the bounds of the time, in milliseconds, given the clocks of this host and the CE
 * - `audiences`: those that the CE says it accepts; empty if it does not say
 */
export interface TokenFacts {
  readonly kind: TokenKind
  readonly claims: TokenClaims | undefined
  readonly doubts: ReadonlyArray<string>
  readonly acceptable: Result.Result<unknown, string>
  readonly readable: Result.Result<unknown, string>
  readonly earliest: number
  readonly latest: number
  readonly freshness: Duration.Duration
  readonly audience: string
  readonly audiences: ReadonlyArray<string>
}

export const token = (facts: TokenFacts): Finding => {
  const { acceptable, audience, audiences, claims, doubts, earliest, freshness, kind, latest, readable } = facts
  const renew = "get a new one, and see why nobody has renewed it"
  if (claims === undefined) {
    return Result.isFailure(acceptable)
      ? failed(acceptable.failure, "name a file with a token: --token-file")
      : warning(`${kind} that says nothing about itself`, "is it a token? It should be a JSON web token")
  }
  const left = claims.expiresAt === undefined ? undefined : DateTime.toEpochMillis(claims.expiresAt) - latest
  const detail = described(kind, claims, left)
  if (left !== undefined && left <= 0) return failed(detail, renew)
  if (claims.notBefore !== undefined && DateTime.toEpochMillis(claims.notBefore) > earliest) {
    return failed(`${detail}, and not good before ${DateTime.formatIso(claims.notBefore)}`, "wait, or see the clock")
  }
  if (kind === "SciToken" && audiences.length > 0 && !audiences.includes(audience)) {
    const spelt = audiences.some((one) => HostName.same(one, audience)) ? ", which it takes for another" : ""
    return failed(
      `${detail}; the CE takes tokens for ${list(audiences)}, and is asked with one for ${audience}${spelt}`,
      "name the CE's audience (--audience), and show a token for it"
    )
  }
  if (Result.isFailure(acceptable)) {
    const problem = `${detail}: ${acceptable.failure}`
    return Result.isFailure(readable)
      ? failed(problem, `ask its issuer for one for ${audience}, with the scopes that are needed`)
      : warning(problem, "ask its issuer for these scopes, unless looking at jobs is enough")
  }
  if (doubts.length > 0) {
    return warning(
      `${detail}: ${doubts.join("; ")}`,
      `if the CE refuses it, ask its issuer for one for ${audience}, with the scopes that are needed`
    )
  }
  return left !== undefined && left < Duration.toMillis(freshness) ? warning(detail, renew) : ok(detail)
}

// A job may outlive a proxy certificate that is valid for a few minutes.
const proxyRoom = Duration.minutes(10)

export const proxy = (read: Result.Result<ProxyCertificate, string>, now: number): Finding => {
  const renew = "make a new one (voms-proxy-init), and name its file: --proxy-file"
  if (Result.isFailure(read)) return failed(read.failure, renew)
  const { expiresAt, subject } = read.success
  const left = DateTime.toEpochMillis(expiresAt) - now
  if (left <= 0) return failed(`${subject}, expired ${lasting(left)} ago`, renew)
  const detail = `${subject}, ${lasting(left)} left`
  if (left < Duration.toMillis(proxyMinimum)) return failed(`${detail}, which is too soon for condor_submit`, renew)
  return left < Duration.toMillis(proxyRoom) ? warning(detail, renew) : ok(detail)
}

const why = (kind: TokenKind, refusal: Refusal): readonly [detail: string, fix: string] => {
  const other = "get a token that this CE has issued"
  switch (refusal._tag) {
    case "NoMethod":
      return [
        `takes no ${method(kind)}`,
        kind === "IdToken"
          ? "the site adds TOKEN to its SEC_READ_ and SEC_WRITE_AUTHENTICATION_METHODS, or takes SciTokens: --token-kind"
          : "the site adds SCITOKENS to its SEC_READ_ and SEC_WRITE_AUTHENTICATION_METHODS"
      ]
    case "NoToken":
      return ["is shown something that is no token", "name a file with a token: --token-file"]
    case "OtherDomain":
      return [`is of the trust domain ${refusal.server}, and the token of ${refusal.token}`, other]
    case "UnknownKey":
      return [`has no key ${refusal.key}, which signed the token`, other]
    case "WrongKey":
      return ["has another key than the one that signed the token", other]
    case "Refused":
      return [
        "refuses the token, and the reason is only in its log",
        kind === "IdToken"
          ? "has it expired, or was it revoked? The site finds the reason in CollectorLog"
          : "does the CE know the issuer, and map the subject to a user? The site finds the reason in CollectorLog"
      ]
  }
}

const unheard = (reply: Exclude<Reply, { readonly _tag: "Answered" }>, who: string): Finding =>
  reply._tag === "NotRun"
    ? skipped(reply.detail)
    : failed(`the ${who} does not answer within ${reply.seconds} s`, "it is overloaded or hangs: report it to the site")

const rights = (kind: TokenKind, level: "READ" | "WRITE"): string =>
  kind === "IdToken"
    ? `does the token's scope have condor:/${level}, or does the site allow it (ALLOW_${level}) to others only?`
    : level === "READ"
    ? "does the token's scope have compute.read, or does the site allow it (ALLOW_READ) to others only?"
    : "does the token's scope have compute.create, compute.modify and compute.cancel, all three?"

const refused = (
  reply: Extract<Reply, { readonly _tag: "Answered" }>,
  kind: TokenKind,
  level: "READ" | "WRITE",
  who: string
): Finding => {
  const { certificate, refusal, said } = reply.trace
  const answer = Ping.read(reply.result.stdout, level)
  const words = answer?._tag === "Failed" ? answer.words : said
  const user = /"DENIED" from server for user (\S+)/.exec(words)?.[1]
  if (user !== undefined) return failed(`the ${who} knows ${user}, and does not allow it`, rights(kind, level))
  if (kind === "SciToken" && certificate !== undefined && certificate._tag !== "Accepted") {
    return failed(`the host certificate of the ${who} is not good`, "see the check of the certificate")
  }
  if (refusal === undefined) return failed(`the ${who}: ${words}`, "report it to the site")
  const [detail, fix] = why(kind, refusal)
  return failed(`the ${who} ${detail}`, fix)
}

/**
 * Checks whether the collector accepts the token, and to which user it maps it.
 */
export const authentication = (reply: Reply, kind: TokenKind): Finding => {
  if (reply._tag !== "Answered") return unheard(reply, "collector")
  const answer = Ping.read(reply.result.stdout, "READ")
  if (answer?._tag !== "Allowed") return refused(reply, kind, "READ", "collector")
  const detail = `by ${answer.method ?? method(kind)}, as ${answer.identity}`
  return answer.identity.endsWith("@unmapped")
    ? warning(detail, "the site has to map the token's issuer and subject to a user")
    : ok(detail)
}

const operations = { READ: "status", WRITE: "submit, fetch and cancel" } as const

const elsewhere = "the site corrects its address (NETWORK_INTERFACE, TCP_FORWARDING_HOST)"

/**
 * Checks whether the schedd allows operations of a level. `address` is the schedd's address in its ad.
 */
export const authorization = (
  reply: Reply,
  kind: TokenKind,
  level: "READ" | "WRITE",
  address: string | undefined
): Finding => {
  if (reply._tag === "Silent" && address !== undefined) {
    return failed(
      `the schedd does not answer within ${reply.seconds} s at ${address}, where its ad says that it is`,
      `it is overloaded or hangs: report it to the site. Or ${elsewhere}`
    )
  }
  if (reply._tag !== "Answered") return unheard(reply, "schedd")
  const { connection } = reply.trace
  if (connection?.failure !== undefined) {
    return failed(
      `the schedd is not at ${connection.address}, where its ad says that it is: ${connection.failure}`,
      `is it up? If so, ${elsewhere}`
    )
  }
  const answer = Ping.read(reply.result.stdout, level)
  return answer?._tag === "Allowed"
    ? ok(`${operations[level]}: allowed to ${answer.identity}`)
    : refused(reply, kind, level, "schedd")
}
