/**
 * Error messages of HTCondor's tools.
 *
 * @since 0.1.0
 */
import { wrapped } from "../../condor/submit/Wrapped.ts"
import type { Version } from "./Job.ts"

/** The collector at `where` does not answer. */
export const noCollector = (where: string): string =>
  `${wrapped(`Error: Couldn't contact the condor_collector on ${where}.`)}\n${
    wrapped(
      "Extra Info: the condor_collector is a process that runs on the central manager of your Condor pool and collects " +
        "the status of all the machines and jobs in the Condor pool. The condor_collector might not be running, it " +
        "might be refusing to communicate with you, there might be a network problem, or there may be some other " +
        "problem. Check with your system administrator to fix this problem."
    )
  }\n${
    wrapped(
      `If you are the system administrator, check that the condor_collector is running on ${where}, check the ` +
        "ALLOW/DENY configuration in your condor_config, and check the MasterLog and CollectorLog files in your log " +
        "directory for possible clues as to why the condor_collector is not responding. Also see the Troubleshooting " +
        "section of the manual."
    )
  }`

/** The host name in `-pool` has no address. */
export const unknownPool = (host: string): string =>
  `Error: unknown host ${host}\n${
    wrapped(
      "Extra Info: You specified a hostname for a pool (the -pool argument). That should be the Internet host name for " +
        "the central manager of the pool, but it does not seem to be a valid hostname. (The DNS lookup failed.)"
    )
  }`

/** The name of a schedd is a host name (without `@`), and has no address. */
export const unknownScheddHost = (name: string): string =>
  `Error: unknown host ${name}\n${
    wrapped(
      "Extra Info: The name given with the -name should be the name of a condor_schedd process. Normally it is either a " +
        "hostname, or \"name@hostname\". In either case, the hostname should be the Internet host name, but it appears " +
        "that it wasn't."
    )
  }`

/** The target of a connection: a host name or an address, and a port. */
export interface Endpoint {
  readonly host: string
  readonly port: string
}

/** Parses `host:port`. The default port of a pool is 9618. */
export const endpointOf = (pool: string): Endpoint => {
  const colon = pool.lastIndexOf(":")
  return colon < 0 ? { host: pool, port: "9618" } : { host: pool.slice(0, colon), port: pool.slice(colon + 1) }
}

/** Whether a host is an IP address. */
export const isAddress = (host: string): boolean => /^[0-9.]+$|^\[/.test(host)

// All names have the same address, which is reserved for documentation.
const addressOf = (host: string): string => isAddress(host) ? host : "192.0.2.1"

/** The address of a collector, as messages print it. */
export const collectorAddress = ({ host, port }: Endpoint): string =>
  `<${addressOf(host)}:${port}${isAddress(host) ? "" : `?alias=${host}`}>`

/** The address of a schedd, as messages print it. */
export const scheddAddress = ({ host, port }: Endpoint): string =>
  `<${addressOf(host)}:${port}?addrs=${addressOf(host)}-${port}&alias=${host}&noUDP&sock=schedd_43_12a9>`

/** A daemon denies the operation to this user. */
export const denied = (user: string): string =>
  `SECMAN:2010:Received "DENIED" from server for user ${user} using method IDTOKENS.`

/** `condor_q` gets no answer from the schedd. */
export const notFetched = (endpoint: Endpoint, version: Version, words: string): string =>
  `\n-- Failed to fetch ads from: ${scheddAddress(endpoint)} : ${endpoint.host}\n${
    version === "lts" ? "" : "\n"
  }${words}\n`

/** The first lines of HTCondor's usage texts. The fake omits the others. */
export const usage = {
  condor_q: "Usage: condor_q [general-opts] [restriction-list] [output-opts | analyze-opts]\n",
  condor_history: "Usage: condor_history [source] [restriction-list] [options]\n",
  condor_rm: "Usage: condor_rm [options] [constraints]\n",
  condor_release: "Usage: condor_release [options] [constraints]\n",
  condor_qedit: "Usage: condor_qedit [help-opts] [general-opts] <restriction-list> <edit-list>\n",
  condor_status: "Usage: condor_status [help-opt] [query-opt] [custom-opts] [display-opts] [name ...]\n"
} as const

/** The message of the fake for a feature that it does not implement. */
export const notPlayed = (tool: string, what: string): string =>
  `${tool}: the fake schedd of effect-htcondor-ce does not play ${what}\n`
