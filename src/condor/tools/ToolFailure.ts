/**
 * The kinds of failures of a tool, by its messages.
 *
 * @since 0.1.0
 */
import type { Retry } from "../../contract/Retry.ts"
import type { ToolResult } from "./ToolResult.ts"

/**
 * The kind of a failure.
 *
 * - `Unreachable`: nothing answers at the address in time, or the connection breaks
 * - `HostNotTrusted`: the host did not prove that it is the expected one
 * - `Authentication`: the daemon does not accept the credential. The message is the same if the connection breaks during the
 *   authentication, or the host certificate is invalid
 * - `Denied`: the daemon accepts the credential, and does not allow the operation
 * - `Rejected`: a rule of the site rejects the submission
 * - `Local`: this host's tools, or their configuration, cannot do it
 * - `NoSchedd`: the collector answers, and has no schedd with this name
 * - `Ambiguous`: `Unreachable`, `Authentication` or `NoSchedd`. Only a probe can distinguish them
 * - `NoHistory`: the schedd keeps no history, or does not show it to remote clients (`HISTORY`,
 *   `HISTORY_HELPER_MAX_CONCURRENCY`)
 * - `Other`: any other failure
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

// The numbers are those of condor_error_codes.h. docs/failures.md has a row for each. The order counts: a denial is reported
// together with the methods that were tried, and an interrupted method together with its failure (AUTHENTICATE:1004).
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
  // The connection ended in the middle of an answer. The tool prints nothing else.
  ["Unreachable", /Failed to fetch ads from|Failed to receive remote ad|DCSchedd::\w+:600[1-4]/]
]

/**
 * Classifies a failed run by its stderr, and its stdout.
 *
 * **Details**
 *
 * A tool that cannot authenticate to the collector prints that it could not contact it. Then `condor_rm` and
 * `condor_transfer_data` print `(null)` (23.3 to 25.0), or no reason (up to 23.2). `unknown host` may mean that the collector
 * does not have the schedd. These are `Ambiguous`. The probe `condor_status -schedd` distinguishes them with all versions.
 *
 * **Example** (Classifying a failure)
 *
 * ```ts
 * import { ToolFailure } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const result = { exitCode: 1, stdout: "", stderr: "SECMAN:2010:Received \"DENIED\" from server" }
 * assert.strictEqual(ToolFailure.classify(result), "Denied")
 * assert.strictEqual(ToolFailure.retry(result), "AfterRepair")
 * ```
 *
 * @category converting
 * @since 0.1.0
 */
export const classify = ({ stderr, stdout }: ToolResult): Kind => {
  const text = `${stderr}\n${stdout}`
  return table.find(([, pattern]) => pattern.test(text))?.[0] ?? "Other"
}

/**
 * Returns the end of a tool's message: at most 2,000 characters of stderr, or of stdout if stderr is empty.
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

// Invalid submissions, and failures that a person must repair first. All other failures may pass.
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
 * Returns whether to repeat a failed run.
 *
 * **Details**
 *
 * A tool that was killed did not fail itself, and can run again at once. For an unknown message the answer is `Later`.
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
 * Returns the message of the site's rule that rejects a submission. `undefined` if no rule does.
 *
 * @category getters
 * @since 0.1.0
 */
export const rejection = ({ stderr }: ToolResult): string | undefined =>
  (/Failed to commit job submission into the queue\.\s+ERROR: *(\S[\s\S]{0,2000})/.exec(stderr) ??
    /^(Number of submitted jobs would exceed MAX_JOBS_PER_SUBMISSION)/m.exec(stderr))?.[1]?.trim()

/**
 * Whether the schedd could not send a file because it does not exist. The message names the first such file, and the schedd
 * sends all others.
 *
 * @category getters
 * @since 0.1.0
 */
export const isFileMissing = ({ stderr }: ToolResult): boolean =>
  /: SCHEDD at \S+ failed to send file\(s\) to <[^>\n]*>: \|Error: (?:\d+ total failures: first failure: )?reading from file \/[^\n]*?: \(errno 2\)/
    .test(stderr)
