/**
 * The command line of `condor_qedit`: which jobs it changes, and their new attributes.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Arguments from "./Arguments.ts"
import * as JobSelection from "./JobSelection.ts"
import * as ToolMessages from "./ToolMessages.ts"

const options: ReadonlyArray<Arguments.Option> = [
  { name: "pool", least: 1, takes: "word" },
  { name: "name", least: 1, takes: "word" },
  { name: "constraint", least: 1, takes: "word" },
  { name: "owner", least: 1, takes: "word" }
]

/** A parsed command line. `edits` has the attributes in the order in which the tool sets them. */
export interface Plan {
  readonly words: ReadonlyArray<JobSelection.Word>
  readonly constraints: ReadonlyArray<string>
  readonly edits: ReadonlyArray<readonly [name: string, value: string]>
}

const problem = (problem: Arguments.Problem): string =>
  problem._tag === "Unknown"
    ? `condor_qedit: ${problem.argument} is not a valid option\n`
    : `condor_qedit: -${problem.option} requires another argument\n`

/** Parses a command line: job numbers or a user, then attributes with values. Fails with the tool's message. */
export const read = (args: ReadonlyArray<string>): Result.Result<Plan, string> => {
  const refused = (words: string) => Result.fail(`${words}${ToolMessages.usage.condor_qedit}`)
  const given = Arguments.read(options, args)
  if (Result.isFailure(given)) return refused(problem(given.failure))
  const constraints = Arguments.all(given.success, "constraint")
  const words: Array<JobSelection.Word> = Arguments.all(given.success, "owner").map((owner) => ({
    _tag: "Owner",
    owner
  }))
  const rest = Array.from(given.success.words)
  while (rest[0] !== undefined && /^\d/.test(rest[0])) words.push(JobSelection.word(rest.shift() ?? ""))
  if (words.length === 0 && constraints.length === 0 && rest[0] !== undefined) {
    words.push({ _tag: "Owner", owner: rest.shift() ?? "" })
  }
  if (words.length === 0 && constraints.length === 0) return refused("")
  const edits = new Map<string, string>()
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const equals = word.indexOf("=")
    const value = equals < 0 ? rest.shift() : word.slice(equals + 1)
    if (value === undefined) return refused(`condor_qedit : expression required after attribute ${word}\n`)
    edits.set(equals < 0 ? word : word.slice(0, equals), value)
  }
  if (edits.size === 0) return refused("condor_qedit : Error - no attributes specifed.\n")
  const sorted = Array.from(edits).toSorted(([a], [b]) => a < b ? -1 : a > b ? 1 : 0)
  return Result.succeed({ words, constraints, edits: sorted })
}

const named = (word: JobSelection.Word): string => {
  switch (word._tag) {
    case "Job":
      return `( ClusterId == ${word.cluster} && ProcId == ${word.proc} )`
    case "Cluster":
      return `ClusterId == ${word.cluster} `
    case "Owner":
      return `Owner=="${word.owner}"`
  }
}

// After a cluster its own blank separates it from the operator.
const joined = (words: ReadonlyArray<JobSelection.Word>): string =>
  words.map(named).reduce((left, right) => `${left}${left.endsWith(" ") ? "" : " "}|| ${right}`)

/** Whether the tool names each job by its number. Otherwise it sends one condition. */
export const isByNumber = ({ constraints, words }: Plan): boolean =>
  constraints.length === 0 && words.every((word) => word._tag === "Job")

/** The message if the schedd changed nothing. For jobs by number it names `job`. */
export const failure = (plan: Plan, job = plan.words[0]): string => {
  const [name] = plan.edits[0] ?? [""]
  const { constraints, words } = plan
  const condition = [...constraints.map((one) => `(${one})`), ...(words.length === 0 ? [] : [`(${joined(words)})`])]
  const where = isByNumber(plan) && job?._tag === "Job"
    ? `for job ${job.cluster}.${job.proc}.`
    : `by constraint: ( ${condition.join(" && ")} )`
  return `Failed to set attribute "${name}" ${where}\nQueue transaction failed.  No attributes were set.\n`
}
