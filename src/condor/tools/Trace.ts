/**
 * The trace of a connection, which the tools print with `-debug`: the address, and the authentication of both sides.
 *
 * @since 0.1.0
 */
import type { ToolResult } from "./CondorTool.ts"

/**
 * The variables that turn the trace on, together with `-debug`. At this level the tools print no secrets.
 *
 * @category constants
 * @since 0.1.0
 */
export const environment: Readonly<Record<string, string>> = { _CONDOR_TOOL_DEBUG: "D_SECURITY" }

/**
 * The result of an attempt to connect.
 *
 * @category models
 * @since 0.1.0
 */
export interface Connection {
  /** The address, `<host>:<port>`. */
  readonly address: string
  /** The reason of a failure. `undefined` if the connection was accepted. */
  readonly failure: string | undefined
}

/**
 * The result of the check of a host certificate.
 *
 * - `Accepted`: it is for this `host`. Its `subject` is known if nothing else authenticates the daemon
 * - `Untrusted`: the certificate at which the chain breaks, and the reason
 * - `OtherHost`: it is for other `names` than this `host`
 * - `NoHost`: the tool connected to an address, so there is no name to check
 * - `Authorities`: the CA certificates cannot be read
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
 * The reason why a token is not accepted.
 *
 * - `NoMethod`: the daemon accepts no tokens of this kind
 * - `NoToken`: the tool does not recognise the token
 * - `OtherDomain`: the trust domains of the token and the daemon differ
 * - `UnknownKey`: the daemon has no key with the name of the key that signed the token
 * - `WrongKey`: the daemon has a key with that name and another content
 * - `Refused`: another reason, which is only in the log of the daemon
 *
 * @category models
 * @since 0.1.0
 */
export type Refusal =
  | { readonly _tag: "NoMethod" | "NoToken" | "WrongKey" | "Refused" }
  | { readonly _tag: "OtherDomain"; readonly token: string; readonly server: string }
  | { readonly _tag: "UnknownKey"; readonly key: string }

/**
 * The trace of a connection.
 *
 * @category models
 * @since 0.1.0
 */
export interface Trace {
  /** The attempt to connect. `undefined` if the tool found no address. */
  readonly connection: Connection | undefined
  /** Whether the server does not speak HTCondor's protocol. */
  readonly foreign: boolean
  /** Whether the daemon did not answer the offer of authentication methods. The tool reports that as a refusal. */
  readonly unanswered: boolean
  /** The daemon's clock at the beginning of the session, in whole seconds since the epoch. */
  readonly time: number | undefined
  /** The result of the check of the host certificate. `undefined` if there was none. */
  readonly certificate: Certificate | undefined
  /** The reason why the token was not accepted. `undefined` if the trace shows none. */
  readonly refusal: Refusal | undefined
  /** The final message of the tool, for people. */
  readonly said: string
}

const prefix = /^\d\d\/\d\d\/\d\d \d\d:\d\d:\d\d /

// Each pattern takes time in proportion to the text, whatever a daemon makes a tool print: no part of a pattern can end in
// many places, and each free part has a bound.
const address = "<([^<>?\\n]{1,300})(?:\\?[^<>\\n]{0,3000})?>"
const refusedAt = new RegExp(`attempt to connect to ${address} failed: (.+)`)
const connectedTo = new RegExp(`SECMAN: command [^<\\n]{0,300}${address} from TCP port`)

const connectionIn = (text: string): Connection | undefined => {
  const [, refused, reason] = refusedAt.exec(text) ?? []
  if (refused !== undefined) return { address: refused, failure: reason?.replace(/\.$/, "") }
  const [, reached] = connectedTo.exec(text) ?? []
  return reached === undefined ? undefined : { address: reached, failure: undefined }
}

/** Returns the part of a line after a mark. */
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
  // For a certificate with other names it prints the first one. For one without a name it does not print the reason.
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
  // 23.x prints that no method is left, and names none that it has tried.
  const untried = text.lastIndexOf("AUTHENTICATE:1003") > text.lastIndexOf("AUTHENTICATE:1004")
  return untried || text.includes("SECMAN:2005") ? { _tag: "NoMethod" } : undefined
}

const timeIn = (text: string): number | undefined => {
  const [, time] = /SECMAN: added session \S*:\d+:(\d+):\d+ to cache/.exec(text) ?? []
  return time === undefined ? undefined : Number(time)
}

/**
 * Returns the result without the lines of the trace, so that only the messages for people are left.
 *
 * @category converting
 * @since 0.1.0
 */
export const withoutDebug = (result: ToolResult): ToolResult => ({
  ...result,
  stderr: result.stderr.split("\n").filter((line) => !prefix.test(line)).join("\n")
})

/**
 * Reads the trace of a tool. (Messages of 23.9 and 25.14.)
 *
 * **Gotchas**
 *
 * A tool may make several connections: it asks the collector for the address of the schedd. `connection` and `time` are those
 * of the first one. All other fields are those of the last one, which is the one that fails.
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
