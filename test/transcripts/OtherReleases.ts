/**
 * Differences between the recordings and releases without a Debian package. Observed on daemons of 23.0.28 and 25.0.13 in the
 * situations of the recordings. All other answers were the same.
 */
import type { Transcript } from "./Transcript.ts"

type Answer = Transcript["answers"][number]

/**
 * A difference.
 *
 * - `in`: the tools with this difference
 * - `line`: a line of stderr in a recording; `becomes`: the line of the other release, or undefined if it has none
 * - `reads`: how the library reads the failure, if that differs from the recording
 */
export interface Change {
  readonly in: RegExp
  readonly line: RegExp
  readonly becomes: string | undefined
  readonly reads?: string
}

export interface OtherRelease {
  readonly version: string
  /** The most similar recording. */
  readonly recorded: "lts" | "latest"
  readonly changes: ReadonlyArray<Change>
}

const submit = /^condor_submit /
const acting = /^condor_(?:rm|transfer_data) /
const transferring = /^condor_(?:submit|transfer_data) /
const asking = /^condor_q /
const configuration = /^condor_config_val /

const reasonless: Pick<Change, "in" | "reads"> = { in: acting, reads: "Ambiguous" }

export const otherReleases: ReadonlyArray<OtherRelease> = [
  {
    version: "23.0.28",
    recorded: "lts",
    changes: [
      { in: acting, line: /^(condor_\w+: )\(null\)$/, becomes: "$1" },
      { in: submit, line: /^Warning: Use of multiple queue statements .*$/, becomes: undefined },
      {
        in: submit,
        line: /^ {9}(?:This functionality will be removed|how multiple queue statements) .*$/,
        becomes: undefined
      },
      {
        in: submit,
        line: /^https:\/\/htcondor\.readthedocs\.io\/.*convert-multi-queue-statements$/,
        becomes: undefined
      }
    ]
  },
  {
    version: "25.0.13",
    recorded: "lts",
    changes: [
      { in: submit, line: /in the V24 feature series/, becomes: "in the 25.x feature series" },
      { in: submit, line: /(on Line \d+ of) submit file/, becomes: "$1 a.sub" },
      {
        in: submit,
        line: /^ERROR: Executable file (\S+) does not exist$/,
        becomes: "ERROR: Can't access executable file $1: No such file or directory"
      },
      {
        in: submit,
        line: /^(ERROR: Parse error in expression: .*)$/,
        becomes: "WARNING: Could not get attribute references from Requirements: (1 +)\n$1"
      },
      {
        in: transferring,
        line: /\|Error: (?=reading from file )/,
        becomes: "|Error: 1 total failures: first failure: "
      },
      // The schedd closes the connection. The library sends no constraint that does not parse.
      {
        in: asking,
        line: /^-- Parse error in constraint expression .*$/,
        becomes: "\n-- Failed to fetch ads from: <{pool}?{parameters}> : {machine}",
        reads: "Unreachable"
      }
    ]
  },
  {
    version: "25.0.13",
    recorded: "latest",
    changes: [
      { ...reasonless, line: /^(condor_\w+: )AUTHENTICATE:1003:.*$/, becomes: "$1(null)" },
      { ...reasonless, line: /^(condor_\w+: )CEDAR:6001:.*$/, becomes: "$1(null)" },
      { ...reasonless, line: /^(condor_\w+: )CONDOR_STATUS:1:.*$/, becomes: "$1(null)" },
      {
        in: configuration,
        line: /^Can't find address for schedd '.*' in .*$/,
        becomes: "Can't find address for this schedd",
        reads: "Ambiguous"
      }
    ]
  }
]

/** An answer as another release prints it, and the differences that were applied. */
export const inOtherWords = (
  { changes }: OtherRelease,
  answer: Answer
): { readonly answer: Answer; readonly taken: ReadonlyArray<Change> } => {
  const taken = new Set<Change>()
  const stderr = answer.stderr.flatMap((line) => {
    const change = changes.find((change) => change.in.test(answer.run) && change.line.test(line))
    if (change === undefined) return [line]
    taken.add(change)
    return change.becomes === undefined ? [] : line.replace(change.line, change.becomes).split("\n")
  })
  return { answer: { ...answer, stderr }, taken: Array.from(taken) }
}
