/**
 * `condor_history`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type * as ClassAd from "../../../classad/ClassAd.ts"
import * as Expr from "../../../classad/Expr.ts"
import type { ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as Arguments from "../Arguments.ts"
import { integer } from "../Attributes.ts"
import * as Columns from "../Columns.ts"
import * as ConstraintIndex from "../ConstraintIndex.ts"
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
  { name: "json", least: 2 },
  { name: "jsonl", least: 5 },
  { name: "long", least: 1 },
  { name: "limit", least: 3, takes: "word" },
  { name: "match", least: 1, takes: "word" },
  { name: "scanlimit", least: 4, takes: "word" },
  { name: "forwards", least: 4 },
  { name: "since", least: 2, takes: "word" },
  { name: "completedsince", least: 3, takes: "word" },
  ...Columns.options
]

const incomplete: Readonly<Record<string, string>> = {
  attributes: "-attributes must be followed by a list of attributes",
  limit: "-match requires a number value as a parameter.",
  match: "-match requires a number value as a parameter.",
  scanlimit: "(null) requires a number value  as a parameter.",
  completedsince: "-completedsince requires another parameter."
}

const failed = (stderr: string, stdout = ""): ToolResult => answer({ exitCode: 1, stdout, stderr })

const problem = (problem: Arguments.Problem): ToolResult =>
  problem._tag === "Unknown"
    ? failed(`Error: Unknown argument ${problem.argument}\n`, ToolMessages.usage.condor_history)
    : failed(`Error: Argument ${incomplete[problem.option] ?? `-${problem.option} requires another parameter`}\n`)

/** A limit, which `atoi` parses. A number that is not positive means no limit. */
const atMost = (text: string | undefined): number | undefined => {
  const number = Number.parseInt(text ?? "", 10)
  return number > 0 ? number : undefined
}

// The levels that the schedd adds around the condition of a client.
const levelsAround = 4

// The default HISTORY_HELPER_MAX_HISTORY of 23.9.
const scannedByLts = 50_000

type Search = (ad: ClassAd.ClassAd) => boolean

/** The condition for ads; undefined if a schedd of 25.13 gives up on it. */
const conditionOf = (
  { queue }: Visit,
  given: Arguments.Arguments
): Result.Result<Search | undefined, ToolResult> => {
  const texts = Arguments.all(given, "constraint")
  const constraints = JobSelection.parseAll(texts, queue.version)
  const words = given.words.map((text) => JobSelection.word(text))
  if (constraints === undefined) {
    const numbers = words.map((word) => `(${Print.raw(JobSelection.condition(word))})`).join(" || ")
    const text = [texts.map((one) => `(${one})`).join(" && "), ...(words.length === 0 ? [] : [numbers])]
    return Result.fail(failed(`Error:  could not parse constraint ${text.map((one) => `( ${one} )`).join(" && ")}\n`))
  }
  const picked = JobSelection.join("||", words.map(JobSelection.condition))
  const conditions = [...constraints, ...(picked === undefined ? [] : [picked])]
  const expr = conditions.length === 1 ? conditions[0] : JobSelection.join("&&", conditions.map(Expr.parens))
  if (expr === undefined) return Result.succeed(() => true)
  if (JobSelection.tooDeep(expr, queue.version, levelsAround)) return Result.succeed(undefined)
  return Result.succeed(ConstraintIndex.matcher(expr, queue.truth))
}

/** The end of the search: a job, a condition, or the first job that completed too early. */
const endOf = ({ queue }: Visit, given: Arguments.Arguments): Result.Result<Search, ToolResult> => {
  const since = Arguments.last(given, "since")
  const completed = Arguments.last(given, "completedsince")
  const isEarly: Search = (ad) => completed !== undefined && (integer(ad, "CompletionDate") ?? 0) < Number(completed)
  if (since === undefined) return Result.succeed(isEarly)
  const word = JobSelection.word(since)
  const expr = word._tag === "Owner" ? JobSelection.parse(since, queue.version) : JobSelection.condition(word)
  return expr === undefined
    ? Result.fail(failed(
      `Error: invalid -since constraint: ${since}\n\tconstraint must be a job-id, or expression.`
    ))
    : Result.succeed((ad) => isEarly(ad) || queue.truth(expr, ad))
}

const select = (
  visit: Visit,
  given: Arguments.Arguments
): Result.Result<ReadonlyArray<ClassAd.ClassAd>, ToolResult> => {
  const condition = conditionOf(visit, given)
  if (Result.isFailure(condition)) return Result.fail(condition.failure)
  const ends = endOf(visit, given)
  if (Result.isFailure(ends)) return Result.fail(ends.failure)
  const matches = condition.success
  if (matches === undefined) return Result.succeed([])
  const limit = atMost(Arguments.last(given, "limit") ?? Arguments.last(given, "match"))
  const scanned = atMost(Arguments.last(given, "scanlimit")) ??
    (visit.queue.version === "lts" ? scannedByLts : undefined)
  const newestFirst = visit.queue.history()
  const found: Array<ClassAd.ClassAd> = []
  for (const ad of (Arguments.has(given, "forwards") ? newestFirst.toReversed() : newestFirst).slice(0, scanned)) {
    if (ends.success(ad) || found.length === limit) break
    if (matches(ad)) found.push(ad)
  }
  return Result.succeed(found)
}

const print = Effect.fnUntraced(function*(
  { call, transferFaults, queue }: Visit,
  given: Arguments.Arguments,
  found: ReadonlyArray<ClassAd.ClassAd>
) {
  const ads = transferFaults.arranged(found)
  const columns = Columns.of(given, queue.version)
  const names = Arguments.names(Arguments.all(given, "attributes"))
  // 23.x prints whole ads in the order of its memory.
  const inMemory = queue.version === "lts" && names.length === 0 ? "length" : "name"
  if (Arguments.has(given, "json")) {
    return answer({ stdout: `[\n${Print.json({ ads, names, order: inMemory })}]\n` })
  }
  if (Arguments.has(given, "jsonl")) return answer({ stdout: Print.jsonLines({ ads, names, order: inMemory }) })
  if (Arguments.has(given, "long")) {
    return answer({ stdout: Print.long({ ads, names, order: queue.version === "lts" ? "letter" : "name" }) })
  }
  if (columns === undefined) return failed(ToolMessages.notPlayed(call.tool, "tables: use -af, -json or -long"))
  if (columns.bad !== undefined) return failed(`Error: invalid expression : ${columns.bad}\n`)
  if (!Columns.played(columns)) return failed(ToolMessages.notPlayed(call.tool, `-af:${columns.modifiers}`))
  // The job number is only known if its attributes are requested.
  const asked = new Set(Columns.names(columns).map((name) => name.toLowerCase()))
  const known = asked.has("clusterid") && asked.has("procid")
  const id = Columns.idColumn(columns, queue.version, (ad) => known ? Print.jobId(ad) : "")
  return answer({ stdout: yield* Columns.print(columns, ads, id) })
})

/** Runs the tool. */
export const run: Tool = Effect.fnUntraced(function*(visit) {
  const given = Arguments.read(options, visit.call.args)
  if (Result.isFailure(given)) return problem(given.failure)
  if (Arguments.has(given.success, "forwards") && Arguments.has(given.success, "since")) {
    return failed("Error: Argument -forwards cannot be combined with -since.\n")
  }
  if (Arguments.has(given.success, "json") && Arguments.has(given.success, "jsonl")) {
    return failed("Error: Cannot use more than one of XML and JSON[L]\n")
  }
  const ads = select(visit, given.success)
  return Result.isFailure(ads) ? ads.failure : yield* print(visit, given.success, ads.success)
})
