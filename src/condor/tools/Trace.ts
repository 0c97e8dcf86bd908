/**
 * What the tools tell of a conversation with `-debug`: where they connected to, and how they and the daemon came to know
 * each other.
 *
 * @since 0.1.0
 */
import type { ToolResult } from "./CondorTool.ts"

/**
 * What makes the tools tell it, beside `-debug`. At this level nothing secret is told.
 *
 * @category constants
 * @since 0.1.0
 */
export const environment: Readonly<Record<string, string>> = { _CONDOR_TOOL_DEBUG: "D_SECURITY" }

/**
 * What became of an attempt to connect: an address without a reason is one that somebody listens at.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  readonly address: string
  readonly failure: string | undefined
}

/**
 * How the check of a host certificate went.
 *
 * - `Accepted`: it is for this `host`; its `subject` is known if nothing else authenticates the daemon
 * - `Untrusted`: the certificate at which the chain broke, and why
 * - `OtherHost`: it is for other `names` than this `host`
 * - `NoHost`: the daemon was given by an address, and there is no name to check
 * - `Authorities`: who may have signed it cannot be read
 *
 * @category models
 * @since 0.1.0
 */
export type Certificate =
  | { readonly _tag: "Accepted"; readonly host: string; readonly subject: string | undefined }
  | { readonly _tag: "Untrusted"; readonly subject: string; readonly issuer: string; readonly detail: string }
  | { readonly _tag: "OtherHost"; readonly host: string; readonly names: ReadonlyArray<string> }
  | { readonly _tag: "NoHost" }
  | { readonly _tag: "Authorities"; readonly detail: string }

/**
 * Why a token does not open the door.
 *
 * - `NoMethod`: the daemon takes no tokens of this kind
 * - `NoToken`: the tool does not see that it is a token
 * - `OtherDomain`: the token is from one trust domain, the daemon of another
 * - `UnknownKey`: the daemon has no key of the name that the token was signed with
 * - `WrongKey`: it has, but with another content
 * - `Refused`: the daemon says why in its own log alone
 *
 * @category models
 * @since 0.1.0
 */
export type Refusal =
  | { readonly _tag: "NoMethod" | "NoToken" | "WrongKey" | "Refused" }
  | { readonly _tag: "OtherDomain"; readonly token: string; readonly server: string }
  | { readonly _tag: "UnknownKey"; readonly key: string }

/**
 * - `connection`: none if no address was found to connect to
 * - `foreign`: whether what answers does not speak HTCondor's language
 * - `unanswered`: whether the daemon has left the offer of methods to authenticate by without an answer; the tool takes that for
 *   a refusal
 * - `time`: the daemon's clock at the beginning of the conversation, in whole seconds since the epoch
 * - `said`: what the tool said in the end, to people
 *
 * @category models
 * @since 0.1.0
 */
export interface Trace {
  readonly connection: Connection | undefined
  readonly foreign: boolean
  readonly unanswered: boolean
  readonly time: number | undefined
  readonly certificate: Certificate | undefined
  readonly refusal: Refusal | undefined
  readonly said: string
}

const prefix = /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d /

// Each pattern takes time in proportion to the text, whatever a daemon has made a tool say: no part of one can end in
// many places, and what may be anything has a bound.
const address = "<([^<>?\\n]{1,300})(?:\\?[^<>\\n]{0,3000})?>"
const refusedAt = new RegExp(`attempt to connect to ${address} failed: (.+)`)
const connectedTo = new RegExp(`SECMAN: command [^<\\n]{0,300}${address} from TCP port`)

const connectionIn = (text: string): Connection | undefined => {
  const [, refused, reason] = refusedAt.exec(text) ?? []
  if (refused !== undefined) return { address: refused, failure: reason?.replace(/\.$/, "") }
  const [, reached] = connectedTo.exec(text) ?? []
  return reached === undefined ? undefined : { address: reached, failure: undefined }
}

/** What stands behind a mark in a line. */
const behind = (line: string | undefined, mark: string): string | undefined => {
  const from = line?.indexOf(mark) ?? -1
  return from < 0 ? undefined : line?.slice(from + mark.length)
}

const untrustedIn = (text: string): Certificate | undefined => {
  const lines = text.split("\n")
  const first = lines.findIndex((line) => /-Error with certificate at depth: \d+$/.test(line))
  if (first < 0) return undefined
  const issuer = behind(lines[first + 1], " issuer   = ")
  const subject = behind(lines[first + 2], " subject  = ")
  const detail = / err \d+:(.*)/.exec(lines[first + 3] ?? "")?.[1]
  return issuer === undefined || subject === undefined || detail === undefined
    ? undefined
    : { _tag: "Untrusted", subject, issuer, detail }
}

const certificateIn = (text: string): Certificate | undefined => {
  const untrusted = untrustedIn(text)
  if (untrusted !== undefined) return untrusted
  const [, authorities] = /SSL Auth: Error loading (CA file .*)/.exec(text) ?? []
  if (authorities !== undefined) return { _tag: "Authorities", detail: authorities }
  if (text.includes("No SSL host name specified")) return { _tag: "NoHost" }
  const [, host] = /SSL host check: host alias (\S+) matches/.exec(text) ?? []
  if (host !== undefined) {
    const [, known] = /SSL authentication succeeded to (\S.*)/.exec(text) ?? []
    return { _tag: "Accepted", host, subject: known }
  }
  const others = Array.from(text.matchAll(/SSL host check: host alias (\S+) DOES NOT match certificate SAN (\S+)\./g))
  const [, other] = others[0] ?? []
  if (other !== undefined) return { _tag: "OtherHost", host: other, names: others.map(([, , name = ""]) => name) }
  // Of a certificate with other names it tells the first. Of one without a name it does not say what is wrong.
  const [, name, expected] = /Certificate common name \(CN\), (\S+), does not match host (\S+)\./.exec(text) ?? []
  if (name !== undefined && expected !== undefined) return { _tag: "OtherHost", host: expected, names: [name] }
  return text.includes("SSL Auth: Error on check of peer certificate")
    ? {
      _tag: "OtherHost",
      host: /[?&]alias=([^&>\s]{1,300})/.exec(text)?.[1] ?? "this host",
      names: ["nothing that it says"]
    }
    : undefined
}

const refusalIn = (text: string): Refusal | undefined => {
  const [, token, server] =
    /Ignoring token as it is from trust domain (\S+) \(server trust domain is (\S+)\)/.exec(text) ??
      []
  if (token !== undefined && server !== undefined) return { _tag: "OtherDomain", token, server }
  const [, key] = /Ignoring token as it was signed with key (.{1,300}?) \(not known to the server\)/.exec(text) ?? []
  if (key !== undefined) return { _tag: "UnknownKey", key }
  if (text.includes("Failed to decode JWT")) return { _tag: "NoToken" }
  if (text.includes("Hash supplied by server doesn't match")) return { _tag: "WrongKey" }
  if (/Server has rejected our token|Server sent status indicating not OK/.test(text)) return { _tag: "Refused" }
  // 23.x says that no method is left, and names none that it has tried.
  const untried = text.lastIndexOf("AUTHENTICATE:1003") > text.lastIndexOf("AUTHENTICATE:1004")
  return untried || text.includes("SECMAN:2005") ? { _tag: "NoMethod" } : undefined
}

const timeIn = (text: string): number | undefined => {
  const [, time] = /SECMAN: added session \S*:\d+:(\d+):\d+ to cache/.exec(text) ?? []
  return time === undefined ? undefined : Number(time)
}

/**
 * What a tool says to people, without what it tells of its conversations.
 *
 * @category converting
 * @since 0.1.0
 */
export const withoutDebug = (result: ToolResult): ToolResult => ({
  ...result,
  stderr: result.stderr.split("\n").filter((line) => !prefix.test(line)).join("\n")
})

/**
 * Reads what a tool told. (Words of 23.9 and 25.14.)
 *
 * **Gotchas**
 *
 * A tool may have more conversations than one: it asks the collector where the schedd is. `connection` and `time` are of
 * the first, and all else is of the last, which is the one that fails.
 *
 * @category converting
 * @since 0.1.0
 */
export const read = (result: ToolResult): Trace => {
  const { stderr, stdout } = result
  const text = `${stderr}\n${stdout}`
  const last = text.slice(Math.max(text.lastIndexOf("SECMAN: command "), 0))
  const [said = ""] = withoutDebug(result).stderr.split("Extra Info:", 1)
  return {
    connection: connectionIn(text),
    foreign: last.includes("Incoming packet header unrecognized"),
    unanswered: last.lastIndexOf("HANDSHAKE: sending (methods") > last.lastIndexOf("HANDSHAKE: server replied"),
    time: timeIn(text),
    certificate: certificateIn(last),
    refusal: refusalIn(last),
    said: said.split("\n").map((line) => line.trim()).filter((line) => line !== "").join(" ")
  }
}
