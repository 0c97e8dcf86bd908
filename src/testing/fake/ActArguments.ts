/**
 * The command lines of `condor_rm` and `condor_release`.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Expr from "../../classad/Expr.ts"
import * as Arguments from "./Arguments.ts"
import type { Version } from "./Job.ts"
import * as JobSelection from "./JobSelection.ts"

/** A job number. */
export type Id = JobSelection.Word & { readonly _tag: "Job" }

/**
 * One request to the schedd.
 *
 * - `Jobs`: jobs by number
 * - `Condition`: jobs by a condition. `text` names them in messages. `expr` is undefined if the constraint does not parse.
 */
export type Act =
  | { readonly _tag: "Jobs"; readonly jobs: ReadonlyArray<Id> }
  | { readonly _tag: "Condition"; readonly expr: Expr.Expr | undefined; readonly text: string }

/** The tools: one program, whose name selects the action. */
export type ActTool = "condor_rm" | "condor_release"

/** A parsed command line. `warnings` are printed first. */
export interface Plan {
  readonly acts: ReadonlyArray<Act>
  readonly warnings: string
  readonly reason: string | undefined
  readonly long: boolean
  readonly totals: boolean
  readonly forced: boolean
}

const common: ReadonlyArray<Arguments.Option> = [
  { name: "pool", least: 1, takes: "word" },
  { name: "name", least: 1, takes: "word" },
  { name: "constraint", least: 1, takes: "word" },
  { name: "reason", least: 1, takes: "word" },
  { name: "long", least: 1 },
  { name: "totals", least: 1 },
  { name: "all", least: 1 }
]

const options: Readonly<Record<ActTool, ReadonlyArray<Arguments.Option>>> = {
  condor_rm: [...common, { name: "forcex", least: 6 }],
  condor_release: common
}

const named = (word: JobSelection.Word): string =>
  word._tag === "Owner" ? `Owner == "${word.owner}"` : `ClusterId == ${word.cluster}`

/** The request for jobs by cluster, owner or constraint. */
const conditionOf = (
  others: ReadonlyArray<JobSelection.Word>,
  constraints: ReadonlyArray<string>,
  version: Version
): Act => {
  const [only, ...more] = others
  const exprs = JobSelection.parseAll(constraints, version)
  const picked = JobSelection.join("||", others.map(JobSelection.condition))
  const restricted = exprs?.length === 1 && picked === undefined
    ? exprs[0]
    : JobSelection.join("&&", [...(exprs ?? []), ...(picked === undefined ? [] : [picked])].map(Expr.parens))
  const expr = exprs === undefined ? undefined : constraints.length === 0 ? picked : restricted
  if (constraints.length === 0 && only !== undefined && more.length === 0) {
    const text = only._tag === "Owner" ? `of user "${only.owner}"` : `in cluster ${only.cluster}`
    return { _tag: "Condition", expr, text }
  }
  const words = others.map(named).join(" || ")
  const all = [...constraints, ...(words === "" ? [] : [words])]
  const text = constraints.length === 0 || all.length === 1 ? all.join("") : all.map((one) => `(${one})`).join(" && ")
  return { _tag: "Condition", expr, text: `matching constraint (${text})` }
}

/** Parses a command line. */
export const read = (
  tool: ActTool,
  args: ReadonlyArray<string>,
  version: Version
): Result.Result<Plan, Arguments.Problem> =>
  Result.map(Arguments.read(options[tool], args), (given) => {
    const words = given.words.map((text) => ({ text, word: JobSelection.word(text, false) }))
    const invalid = words.filter(({ word }) => word._tag !== "Owner" && word.cluster <= 0)
    const valid = words.filter((one) => !invalid.includes(one)).map(({ word }) => word)
    const jobs = valid.filter((word) => word._tag === "Job")
    const others = valid.filter((word) => word._tag !== "Job")
    const constraints = Arguments.all(given, "constraint")
    const wide = others.length > 0 || constraints.length > 0
    return {
      acts: [
        ...(jobs.length > 0 ? [{ _tag: "Jobs", jobs } as const] : []),
        ...(wide ? [conditionOf(others, constraints, version)] : []),
        ...(Arguments.has(given, "all") ? [{ _tag: "Condition", expr: Expr.boolean(true), text: "" } as const] : [])
      ],
      warnings: [
        ...invalid.map(({ text }) => `Invalid cluster # from ${text}.\n`),
        ...(jobs.length > 0 && constraints.length > 0
          ? ["Warning, -constraint is ignored for fully qualified job ids\n"]
          : [])
      ].join(""),
      reason: Arguments.last(given, "reason"),
      long: Arguments.has(given, "long"),
      totals: Arguments.has(given, "totals"),
      forced: Arguments.has(given, "forcex")
    }
  })

/** The message if the schedd acted on no job. */
export const failure = (tool: ActTool, act: Act): string =>
  `Couldn't find/${tool === "condor_rm" ? "remove" : "release"} all jobs${act._tag === "Jobs" ? "" : ` ${act.text}`}\n`

/** The messages for each request if the connection failed with this message. */
export const broken = (tool: ActTool, acts: ReadonlyArray<Act>, words: string): string =>
  acts.map((act) =>
    act._tag === "Condition"
      ? `${words}\n${failure(tool, act)}`
      : `${words}\n${act.jobs.map(({ cluster, proc }) => `No result found for job ${cluster}.${proc}\n`).join("")}`
  ).join("")
