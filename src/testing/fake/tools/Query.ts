/**
 * `condor_q`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as ClassAd from "../../../classad/ClassAd.ts"
import * as Expr from "../../../classad/Expr.ts"
import type { ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as AccessControl from "../AccessControl.ts"
import * as Arguments from "../Arguments.ts"
import { integer } from "../Attributes.ts"
import * as Columns from "../Columns.ts"
import * as ConstraintIndex from "../ConstraintIndex.ts"
import type { Job } from "../Job.ts"
import * as JobSelection from "../JobSelection.ts"
import * as Print from "../Print.ts"
import type { Tool, Visit } from "../Tool.ts"
import { answer } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"

const options: ReadonlyArray<Arguments.Option> = [
  { name: "pool", least: 1, takes: "word" },
  { name: "name", least: 1, takes: "word" },
  { name: "constraint", least: 1, takes: "word" },
  { name: "attributes", least: 2, takes: "word" },
  { name: "allusers", least: 2 },
  { name: "json", least: 2 },
  { name: "stream-results", least: 2 },
  { name: "totals", least: 3 },
  { name: "long", least: 1, modifiers: true },
  { name: "limit", least: 3, takes: "word" },
  ...Columns.options
]

const incomplete: Readonly<Record<string, string>> = {
  attributes: "-attributes requires a list of attributes to show",
  limit: "-limit requires the max number of results as an argument.",
  af: "-autoformat requires at least one attribute parameter",
  autoformat: "-autoformat requires at least one attribute parameter"
}

const failed = (stderr: string, stdout = ""): ToolResult => answer({ exitCode: 1, stdout, stderr })

const problem = (problem: Arguments.Problem): ToolResult =>
  problem._tag === "Unknown"
    ? failed(`Error: unrecognized argument ${problem.argument}\n`, ToolMessages.usage.condor_q)
    : failed(`Error: ${incomplete[problem.option] ?? `-${problem.option} requires another parameter`}\n`)

const limitOf = (text: string | undefined): Result.Result<number | undefined, ToolResult> => {
  if (text === undefined) return Result.succeed(undefined)
  if (!/^[-+]?\d+$/.test(text)) {
    return Result.fail(failed(`Error: Unable to convert (${text}) to a number for -limit.\n`))
  }
  return Number(text) > 0
    ? Result.succeed(Number(text))
    : Result.fail(failed(`Error: ${Number(text)} is not a valid for -limit.\n`))
}

/** The requested jobs: none if the condition is too deep for the schedd, and undefined if it does not parse. */
const select = (visit: Visit, given: Arguments.Arguments): ReadonlyArray<Job> | undefined => {
  const { queue, user } = visit
  const constraints = JobSelection.parseAll(Arguments.all(given, "constraint"), queue.version)
  if (constraints === undefined) return undefined
  const words = given.words.map((text) => JobSelection.condition(JobSelection.word(text))).map(Expr.parens)
  const picked = JobSelection.join("||", words)
  // Only a query without numbers and names is limited to the user's own jobs.
  const onlyOwn = picked === undefined && !Arguments.has(given, "allusers")
  const conditions = [...(picked === undefined ? [] : [picked]), ...constraints]
  const [only] = conditions
  const expr = conditions.length === 1 ? only : JobSelection.join("&&", conditions.map(Expr.parens))
  const above = expr !== undefined && onlyOwn ? JobSelection.levelsToJoin(expr) : 0
  if (expr !== undefined && JobSelection.tooDeep(expr, queue.version, above)) return []
  const jobs = expr === undefined ? queue.jobs() : ConstraintIndex.jobs(queue, expr)
  return onlyOwn ? jobs.filter((job) => job.user === user) : jobs
}

const badConstraint = ({ call, queue }: Visit, given: Arguments.Arguments): ToolResult =>
  failed(
    queue.version === "lts"
      ? `\n-- Parse error in constraint expression "${Arguments.last(given, "constraint") ?? ""}"\n`
      : ToolMessages.notFetched(ToolMessages.endpointOf(AccessControl.poolOf(call) ?? ""), queue.version, "")
  )

const print = Effect.fnUntraced(function*(visit: Visit, given: Arguments.Arguments, jobs: ReadonlyArray<Job>) {
  const { call, queue } = visit
  // The schedd adds its time to each ad that it sends.
  const time = Expr.integer(Math.floor(queue.now / 1000))
  const columns = Columns.of(given, queue.version)
  const long = given.options.find(({ name }) => name === "long")
  const names = columns === undefined
    ? Arguments.names(Arguments.all(given, "attributes"))
    : Arguments.names(["ClusterId", "ProcId", ...Columns.names(columns)])
  const timed = columns !== undefined || names.length === 0 || names.some((name) => /^servertime$/i.test(name))
  const ads = visit.transferFaults.arranged(jobs).map(({ ad }) => timed ? ClassAd.set(ad, "ServerTime", time) : ad)
  if (Arguments.has(given, "json") || long?.modifiers === "json") {
    return answer({ stdout: ads.length === 0 ? "" : `[\n${Print.json({ ads, names })}]\n` })
  }
  if (long?.modifiers === "jsonl" && queue.version === "latest") {
    return answer({ stdout: Print.jsonLines({ ads, names }) })
  }
  if (long !== undefined) return answer({ stdout: Print.long({ ads, names }) })
  if (columns === undefined) return failed(ToolMessages.notPlayed(call.tool, "tables: use -af, -json or -long"))
  if (!Columns.played(columns)) return failed(ToolMessages.notPlayed(call.tool, `-af:${columns.modifiers}`))
  return answer({ stdout: yield* Columns.print(columns, ads, Columns.idColumn(columns, queue.version, Print.jobId)) })
})

// The counts of the summary, and the values of JobStatus for each.
const counted: ReadonlyArray<readonly [name: string, states: ReadonlyArray<number>]> = [
  ["Completed", [4]],
  ["Held", [5]],
  ["Idle", [1]],
  ["Jobs", [1, 2, 3, 4, 5, 6, 7]],
  ["Removed", [3]],
  ["Running", [2, 6]],
  ["Suspended", [7]]
]

// Jobs of the scheduler universe, which the fake does not have.
const uncounted = ["Completed", "Held", "Idle", "Jobs", "Removed", "Running"].map((name) => `Scheduler${name}`)

const counts = (prefix: string, jobs: ReadonlyArray<Job>): ReadonlyArray<readonly [string, Expr.Expr]> => [
  ...counted.map(([name, states]) =>
    [
      `${prefix}${name}`,
      Expr.integer(jobs.filter(({ ad }) => states.includes(integer(ad, "JobStatus") ?? 0)).length)
    ] as const
  ),
  ...uncounted.map((name) => [`${prefix}${name}`, Expr.integer(0)] as const)
]

/** `-totals -json`: the counts of the requested jobs, of all jobs, and of the user's own jobs. */
const totals = ({ queue, user }: Visit, given: Arguments.Arguments, jobs: ReadonlyArray<Job>): ToolResult => {
  const own = Arguments.has(given, "allusers") ? undefined : user
  const ad = Expr.ad([
    ...counts("", jobs),
    ...counts("Allusers", queue.jobs()),
    ...(own === undefined ? [] : [
      ...counts("My", queue.jobs().filter((job) => job.user === own)),
      // A 23.x schedd knows its users without a domain.
      ["MyName", Expr.string(queue.version === "lts" ? own.replace(/@.*/, "") : own)] as const
    ]),
    ["ErrorCode", Expr.integer(0)],
    ["MyType", Expr.string("Summary")],
    ["ServerTime", Expr.integer(Math.floor(queue.now / 1000))]
  ])
  return answer({ stdout: `[\n${Print.json({ ads: [ad], names: [] })}]\n` })
}

/** Runs the tool. */
export const run: Tool = Effect.fnUntraced(function*(visit) {
  const given = Arguments.read(options, visit.call.args)
  if (Result.isFailure(given)) return problem(given.failure)
  const limit = limitOf(Arguments.last(given.success, "limit"))
  if (Result.isFailure(limit)) return limit.failure
  const jobs = select(visit, given.success)
  if (jobs === undefined) return badConstraint(visit, given.success)
  if (Arguments.has(given.success, "totals") && Arguments.has(given.success, "json")) {
    return totals(visit, given.success, jobs)
  }
  return yield* print(visit, given.success, jobs.slice(0, limit.success))
})
