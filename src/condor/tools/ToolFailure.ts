/**
 * What the words of a failed tool mean.
 *
 * @since 0.1.0
 */
import type { Retry } from "../../contract/Retry.ts"
import type { ToolResult } from "./ToolResult.ts"

/**
 * - `Unreachable`: nothing answers at the address, or not in time, or the conversation breaks off
 * - `HostNotTrusted`: what answers does not prove to be the host that was asked for
 * - `Authentication`: the daemon does not accept the credential, or so it seems: a conversation that breaks off in the middle of
 *   authentication, and a host certificate that is not good, can end with the same words
 * - `Denied`: the daemon knows who asks, and refuses
 * - `Rejected`: the schedd refuses what is submitted, by a rule of its site
 * - `Local`: this host's tools, or their configuration, cannot do it
 * - `NoSchedd`: the collector answers, and has no schedd of this name
 * - `Ambiguous`: `Unreachable`, `Authentication` or `NoSchedd`; only a probe can tell which
 * - `NoHistory`: the schedd keeps no history, or shows it to nobody from elsewhere (`HISTORY`, `HISTORY_HELPER_MAX_CONCURRENCY`)
 * - `Other`: anything else
 *
 * @category models
 * @since 0.1.0
 */
export type Kind =
  | "Unreachable"
  | "HostNotTrusted"
  | "Authentication"
  | "Denied"
  | "Rejected"
  | "Local"
  | "NoSchedd"
  | "Ambiguous"
  | "NoHistory"
  | "Other"

// The numbers are those of condor_error_codes.h; docs/failures.md has a row for each. The order counts: a denial is reported
// together with the methods that were tried, and a method that was cut off together with its failure (AUTHENTICATE:1004).
const table: ReadonlyArray<readonly [Kind, RegExp]> = [
  ["Denied", /Received "DENIED"|^User is disabled|^The given user is not allowed to own jobs/m],
  ["HostNotTrusted", /SECMAN:2009|authenticated remote host does not match connection address/],
  [
    "Unreachable",
    /AUTHENTICATE:100[256]|SECMAN:(?:200[347]|201[01])|SECMAN:2005:(?!Protocol Error: No auth methods)|CEDAR:600\d/
  ],
  ["Local", /AUTHENTICATE:1001|SECMAN:200[126]|Failure\. +Unsupported method|Can't find "condor" in the password file/],
  ["Authentication", /AUTHENTICATE:100[34]|SECMAN:200[58]/],
  [
    "Rejected",
    /Failed to commit job submission into the queue\.\s+ERROR: *\S|^Number of submitted jobs would exceed MAX_JOBS_PER_SUBMISSION/m
  ],
  ["NoSchedd", /Collector has no record of schedd|Can't find address for schedd/],
  [
    "Ambiguous",
    // Before 23.3 the reason is empty, up to 25.0 it is (null).
    /Couldn't contact the condor_collector|Can't find address of schedd|Unable to locate remote schedd|No such schedd named|Unable to send history command|\(null\)|^condor_\w+: *\r?$|Failed to connect to (?:local )?queue manager|couldn't locate|unknown host |Can't find address for this schedd/m
  ],
  ["NoHistory", /HISTORY undefined in remote configuration|Remote history has been disabled/],
  // The connection ended in the middle of an answer: nothing else is said.
  ["Unreachable", /Failed to fetch ads from|Failed to receive remote ad|DCSchedd::\w+:600[1-4]/]
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

// What a submission cannot be, and what somebody has to mend first. All else may pass.
const lasting: ReadonlyArray<readonly [Retry, RegExp]> = [
  [
    "Never",
    /Parse error in|ERROR: on Line \d|Failed to parse command file|Received invalid attribute value|ERROR: Cannot set hold to|Extra data found after queue statement/
  ],
  [
    "AfterRepair",
    /Executable file [^\n]{1,4096} does not exist|Can't access executable file|which is not a valid (?:OS|user) account|proxy has expired|proxy lifetime too short|unable to read proxy file|SUBMIT at \S+ failed to send file\(s\)[^|]{0,300}\|Error: (?:\d+ total failures: first failure: )?reading from file/
  ]
]

/**
 * What the words of a failure say of a repetition.
 *
 * **Details**
 *
 * A tool that was killed did not fail, and can be run again at once. Words that are not known say nothing: `Later`.
 *
 * @category converting
 * @since 0.1.0
 */
export const retry = (result: ToolResult): Retry => {
  const kind = classify(result)
  if (kind === "Rejected") return "Never"
  if (kind !== "Other") {
    return kind === "Unreachable" || kind === "NoSchedd" || kind === "Ambiguous"
      ? "Later"
      : "AfterRepair"
  }
  const text = `${result.stderr}\n${result.stdout}`
  const wasKilled = result.exitCode > 128 && result.exitCode <= 128 + 64
  return lasting.find(([, pattern]) => pattern.test(text))?.[0] ?? (wasKilled ? "Now" : "Later")
}

/**
 * Why the schedd's site rejects a submission, in the words of its rule.
 *
 * @category getters
 * @since 0.1.0
 */
export const rejection = ({ stderr }: ToolResult): string | undefined =>
  (/Failed to commit job submission into the queue\.\s+ERROR: *(\S[\s\S]{0,2000})/.exec(stderr) ??
    /^(Number of submitted jobs would exceed MAX_JOBS_PER_SUBMISSION)/m.exec(stderr))?.[1]?.trim()

/**
 * Whether the schedd could not send a file because it has none of this name. It tells of the first one, and sends all others.
 *
 * @category getters
 * @since 0.1.0
 */
export const isFileMissing = ({ stderr }: ToolResult): boolean =>
  /: SCHEDD at \S+ failed to send file\(s\) to <[^>\n]*>: \|Error: (?:\d+ total failures: first failure: )?reading from file \/[^\n]*?: \(errno 2\)/
    .test(stderr)
