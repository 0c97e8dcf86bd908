/**
 * The checks of a CE's host that need no credential: its address, its collector, its certificate and its clock.
 */
import * as ToolFailure from "../../../condor/tools/ToolFailure.ts"
import type { Endpoint } from "../../Endpoint.ts"
import { failed, type Finding, lasting, ok, skipped, warning } from "./Check.ts"
import type { Reply } from "./ToolProbe.ts"

const split = (address: string): { readonly host: string; readonly port: string } => {
  const colon = address.lastIndexOf(":")
  return { host: address.slice(0, colon).replaceAll(/^\[|\]$/g, ""), port: address.slice(colon + 1) }
}

/**
 * The host of the CE: a name or an address.
 */
export const hostOf = ({ address }: Endpoint): string => split(address).host

const isAddress = (host: string): boolean => /^[\d.]+$|:/.test(host)

const isUnknown = (said: string): boolean => /unknown host/i.test(said)

const unheard = (reply: Exclude<Reply, { readonly _tag: "Answered" }>): string =>
  reply._tag === "NotRun" ? reply.detail : `no answer within ${reply.seconds} s`

/**
 * The result of checks that are skipped because the collector has not answered.
 */
export const notHeard = (reply: Reply): Finding =>
  skipped(reply._tag === "NotRun" ? reply.detail : "the collector does not answer")

/**
 * Checks the address of the CE's host.
 */
export const name = (endpoint: Endpoint, reply: Reply): Finding => {
  const host = hostOf(endpoint)
  if (isAddress(host)) return ok(`${host} is an address`)
  if (reply._tag !== "Answered") return skipped(unheard(reply))
  const { connection, said } = reply.trace
  if (connection !== undefined) return ok(`${host} is ${split(connection.address).host}`)
  return isUnknown(said)
    ? failed(`${host} has no address`, `is it spelt right, and known to this host's resolver (getent hosts ${host})?`)
    : skipped(said)
}

/**
 * Whether a tool found an address, but could not connect to it.
 */
export const isCutOff = (reply: Reply): boolean =>
  reply._tag === "Answered" && reply.trace.connection?.failure !== undefined

/**
 * Checks the connection to the first address of the CE's host. `addresses`: all known addresses of the host.
 */
export const connection = (endpoint: Endpoint, reply: Reply, addresses: ReadonlyArray<string>): Finding => {
  if (reply._tag !== "Answered") return skipped(unheard(reply))
  const found = reply.trace.connection
  if (found === undefined) return skipped("there is no address to connect to")
  if (found.failure === undefined) return ok(`${found.address} takes connections`)
  const { port } = split(endpoint.address)
  const others = addresses.filter((one) => one !== split(found.address).host)
  if (others.length > 0) {
    return failed(
      `${found.address}: ${found.failure}. ${hostOf(endpoint)} is ${
        others.join(", ")
      }, too, and HTCondor's tools try only one address`,
      "the site takes the dead address out of DNS, or name the CE by one that answers: --ce"
    )
  }
  return failed(
    `${found.address}: ${found.failure}`,
    /refused/i.test(found.failure)
      ? `nobody listens there: is ${port} the port (that of an HTCondor-CE is 9619), and is the CE up?`
      : /timed out/i.test(found.failure)
      ? `a firewall drops it: here towards port ${port}, or there from this host`
      : "is there a way from this host to that network?"
  )
}

/**
 * Whether the collector answers at all, even with a refusal.
 */
export const isHeard = (reply: Reply): boolean =>
  reply._tag === "Answered" && reply.trace.connection?.failure === undefined && reply.trace.connection !== undefined &&
  !reply.trace.foreign && !/SECMAN:2007/.test(reply.trace.said)

export const collector = (reply: Reply): Finding => {
  if (reply._tag === "NotRun") return skipped(reply.detail)
  const overloaded = "it is overloaded or hangs: report it to the site, or wait longer (--tool-timeout)"
  if (reply._tag === "Silent") return failed(unheard(reply), overloaded)
  const { connection, foreign, said } = reply.trace
  if (connection?.failure !== undefined) return skipped("there is no connection")
  if (connection === undefined) {
    if (isUnknown(said)) return skipped("there is no connection")
    // The output is unknown. Fails: otherwise all checks would be skipped, and none would fail.
    const words = said === "" ? `condor_status ends with exit code ${reply.result.exitCode}` : said
    return failed(words, "run the tool yourself: condor_status -debug -pool HOST:PORT -schedd")
  }
  if (foreign) return failed("the program that listens there does not speak HTCondor's protocol", "is the port right?")
  if (!isHeard(reply)) return failed("takes the connection, and does not answer in time", overloaded)
  if (reply.result.exitCode === 0) return ok("answers, and shows its schedds to anybody")
  const kind = ToolFailure.classify(reply.result)
  return kind === "Denied" || kind === "Authentication" || kind === "Unreachable"
    ? ok("answers, but only with a credential")
    : failed(said, "report it to the site")
}

/**
 * The CA certificates cannot be read.
 */
export const noAuthorities = (detail: string): Finding =>
  failed(detail, "name a file, or a directory, of certificates: --ca-file, --ca-directory")

/**
 * Checks the host certificate. The reply is from a run that verifies nothing else.
 */
export const certificate = ({ address }: Endpoint, reply: Reply): Finding => {
  if (reply._tag !== "Answered") return skipped(unheard(reply))
  const { certificate: shown, refusal, said } = reply.trace
  switch (shown?._tag) {
    case undefined:
      return skipped(refusal?._tag === "NoMethod" ? "the CE shows it to nobody without a token" : said)
    case "Accepted":
      return ok(`${shown.subject ?? "the certificate"}: trusted, and for ${shown.host}`)
    case "NoHost":
      return failed(
        `${split(address).host} is no name, and a certificate is checked against one`,
        "name the CE by its host name: --ce"
      )
    case "OtherHost":
      return failed(
        `it is for ${shown.names.join(", ")}, and not for ${shown.host}`,
        "name the CE by such a name: --ce"
      )
    case "Authorities":
      return noAuthorities(shown.detail)
    case "Untrusted":
      return failed(
        `${shown.subject}, signed by ${shown.issuer}: ${shown.detail}`,
        /expired/.test(shown.detail)
          ? "the site has to renew it"
          : "trust its authority (--ca-file, or --ca-directory /etc/grid-security/certificates), if it is the right one"
      )
  }
}

/**
 * By how many seconds the CE's clock is ahead of this host's; negative: behind. The CE reports whole seconds, at some moment
 * between `before` and `after`.
 */
export const skew = (time: number, { after, before }: { readonly before: number; readonly after: number }): number => {
  const [least, most] = [time - after / 1000, time + 1 - before / 1000]
  return least > 0 ? Math.round(least) : most < 0 ? Math.round(most) : 0
}

// A larger difference between the clocks of a token's issuer, a CE and a client makes tokens too young or too old.
const tolerance = 5

export const clock = (seconds: number | undefined): Finding => {
  if (seconds === undefined) return skipped("the CE shows its time only in a session")
  const direction = seconds > 0 ? "ahead of" : "behind"
  if (Math.abs(seconds) <= tolerance) {
    return ok(
      seconds === 0
        ? "the CE's is as this host's, to a second"
        : `the CE's is ${Math.abs(seconds)} s ${direction} this host's`
    )
  }
  return warning(
    `the CE's is ${lasting(seconds * 1000)} ${direction} this host's`,
    "synchronise this host's with NTP, or report it to the site: tokens may be too young or too old for the CE"
  )
}
