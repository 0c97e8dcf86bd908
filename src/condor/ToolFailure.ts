/**
 * What the words of a failed tool mean.
 *
 * @since 0.1.0
 */
import type { ToolResult } from "./CondorTool.ts"

/**
 * - `Authentication`: the daemon does not accept the credential
 * - `Denied`: the daemon knows who asks, and refuses
 * - `Unreachable`: nothing answers at the address, or not in time
 * - `NoSchedd`: the collector answers, and has no schedd of this name
 * - `Ambiguous`: one of the first, the third and the fourth; only a probe can tell which
 * - `NoHistory`: the schedd keeps no history, or shows it to nobody from elsewhere (`HISTORY`, `HISTORY_HELPER_MAX_CONCURRENCY`)
 * - `Other`: anything else
 *
 * @category models
 * @since 0.1.0
 */
export type Kind = "Authentication" | "Denied" | "Unreachable" | "NoSchedd" | "Ambiguous" | "NoHistory" | "Other"

// In this order: a denial is reported together with the methods that were tried, a timeout with a failed negotiation.
const table: ReadonlyArray<readonly [Kind, RegExp]> = [
  ["Denied", /SECMAN:2010|Received "DENIED"/],
  ["Unreachable", /SECMAN:2007|SECMAN:2011|CEDAR:6001/],
  ["Authentication", /AUTHENTICATE:100\d|SECMAN:200[4-6]/],
  ["NoSchedd", /Collector has no record of schedd|Can't find address for schedd/],
  [
    "Ambiguous",
    /Couldn't contact the condor_collector|Can't find address of schedd|Unable to locate remote schedd|No such schedd named|Unable to send history command|\(null\)|^condor_\w+: *$|Failed to connect to queue manager|couldn't locate|unknown host |Can't find address for this schedd/m
  ],
  ["NoHistory", /HISTORY undefined in remote configuration|Remote history has been disabled/],
  // The connection ended in the middle of an answer: nothing else is said.
  ["Unreachable", /Failed to fetch ads from|Failed to receive remote ad|actOnJobs:6003/]
]

/**
 * Classifies a failed run by what it printed on stderr.
 *
 * **Details**
 *
 * A tool that cannot authenticate to the collector says that it could not contact it. `condor_rm` and
 * `condor_transfer_data` say `(null)` then (23.3 to 25.0), or print no reason at all (up to 23.2). `unknown host` may mean
 * a schedd that the collector does not have. That is why there is `Ambiguous`: `condor_status -schedd` is the probe that
 * tells on all versions.
 *
 * @category converting
 * @since 0.1.0
 */
export const classify = ({ stderr, stdout }: ToolResult): Kind => {
  const text = `${stderr}\n${stdout}`
  return table.find(([, pattern]) => pattern.test(text))?.[0] ?? "Other"
}

/**
 * The end of what a tool printed about its failure: stderr, or stdout where that is empty; at most 2,000 characters.
 *
 * @category getters
 * @since 0.1.0
 */
export const words = ({ stderr, stdout }: ToolResult): string => {
  // The tools add a paragraph of general advice.
  const [said = ""] = (stderr.trim() === "" ? stdout : stderr).split("Extra Info:", 1)
  const text = said.trim()
  return text.length <= 2_000 ? text : `…${text.slice(-2_000)}`
}
