/**
 * `condor_status -schedd`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Expr from "../../../classad/Expr.ts"
import type { ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as AccessControl from "../AccessControl.ts"
import * as Arguments from "../Arguments.ts"
import { integer } from "../Attributes.ts"
import * as Columns from "../Columns.ts"
import * as JobSelection from "../JobSelection.ts"
import * as Print from "../Print.ts"
import type { Tool, Visit } from "../Tool.ts"
import { answer } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"
import { releases } from "../VersionStrings.ts"

const options: ReadonlyArray<Arguments.Option> = [
  { name: "pool", least: 1, takes: "word" },
  { name: "schedd", least: 2 },
  { name: "constraint", least: 3, takes: "word" },
  { name: "attributes", least: 2, takes: "word" },
  { name: "json", least: 2 },
  { name: "long", least: 1 },
  { name: "debug", least: 2 },
  ...Columns.options
]

const failed = (stderr: string): ToolResult => answer({ exitCode: 1, stderr })

/** The schedd's ad in the collector. */
const scheddAd = ({ call, queue }: Visit): Expr.Ad => {
  const pool = AccessControl.poolOf(call) ?? ""
  const endpoint = ToolMessages.endpointOf(pool)
  const count = (status: number) => queue.jobs().filter(({ ad }) => integer(ad, "JobStatus") === status).length
  const { ce, condor } = releases[queue.version]
  return Expr.ad([
    ["CondorVersion", Expr.string(condor)],
    ["grid_resource", Expr.string(`condor ${queue.schedd} ${pool}`)],
    ["HTCondorCEVersion", Expr.string(ce)],
    ["Machine", Expr.string(endpoint.host)],
    ["MaxJobsRunning", Expr.integer(10_000)],
    ["MyAddress", Expr.string(ToolMessages.scheddAddress(endpoint))],
    ["MyType", Expr.string("Scheduler")],
    ["Name", Expr.string(queue.schedd)],
    ["TotalHeldJobs", Expr.integer(count(5))],
    ["TotalIdleJobs", Expr.integer(count(1))],
    ["TotalJobAds", Expr.integer(queue.jobs().length)],
    ["TotalRemovedJobs", Expr.integer(count(3))],
    ["TotalRunningJobs", Expr.integer(count(2))]
  ])
}

/** Runs the tool. */
export const run: Tool = Effect.fnUntraced(function*(visit) {
  const { call, queue } = visit
  const read = Arguments.read(options, call.args)
  if (Result.isFailure(read)) {
    return read.failure._tag === "Unknown"
      ? failed(`Error:  Unknown option ${read.failure.argument}\n${ToolMessages.usage.condor_status}`)
      : failed(`Error: Argument -${read.failure.option} requires another parameter\n`)
  }
  const given = read.success
  if (!Arguments.has(given, "schedd")) return failed(ToolMessages.notPlayed(call.tool, "a call without -schedd"))
  const hosts = given.words.find((name) => !name.includes("@") && name !== queue.schedd)
  if (hosts !== undefined) return failed(`condor_status: unknown host ${hosts}\n`)
  const constraints = JobSelection.parseAll(Arguments.all(given, "constraint"), queue.version)
  if (constraints === undefined) return failed(ToolMessages.notPlayed(call.tool, "a constraint that makes no sense"))
  const ad = scheddAd(visit)
  const named = given.words.length === 0 || given.words.includes(queue.schedd)
  const ads = visit.transferFaults.arranged(named && constraints.every((expr) => queue.truth(expr, ad)) ? [ad] : [])
  const names = Arguments.names(Arguments.all(given, "attributes"))
  if (Arguments.has(given, "json")) {
    return answer({ stdout: ads.length === 0 ? "" : `[\n${Print.json({ ads, names })}]\n` })
  }
  if (Arguments.has(given, "long")) return answer({ stdout: Print.long({ ads, names }) })
  const columns = Columns.of(given, queue.version)
  if (columns === undefined) return failed(ToolMessages.notPlayed(call.tool, "tables: use -af, -json or -long"))
  if (columns.bad !== undefined) return failed(ToolMessages.notPlayed(call.tool, `-af ${columns.bad}`))
  if (!Columns.played(columns)) return failed(ToolMessages.notPlayed(call.tool, `-af:${columns.modifiers}`))
  return answer({ stdout: yield* Columns.print(columns, ads, Columns.idColumn(columns, queue.version, () => "")) })
})
