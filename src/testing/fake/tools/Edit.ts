/**
 * `condor_qedit`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Expr from "../../../classad/Expr.ts"
import * as Parser from "../../../classad/Parser.ts"
import type { ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as AccessControl from "../AccessControl.ts"
import * as ConstraintIndex from "../ConstraintIndex.ts"
import * as Edits from "../Edits.ts"
import type { Job, Version } from "../Job.ts"
import * as JobSelection from "../JobSelection.ts"
import type { Tool, Visit } from "../Tool.ts"
import { answer } from "../Tool.ts"

const immutable = (name: string, version: Version): boolean =>
  (version === "lts"
    ? /^(?:ClusterId|ProcId|Owner|User|MyType|TargetType)$/i
    : /^(?:ClusterId|ProcId|Owner|User|MyType|TargetType|JobUniverse|OsUser)$/i).test(name)

const secure =
  /^(?:x509userproxysubject|x509UserProxyEmail|x509UserProxyVOName|x509UserProxyFirstFQAN|x509UserProxyFQAN|AuthToken(?:Id|Subject|Issuer|Scopes|Groups)|TotalSubmitProcs)$/i

const failed = (stderr: string): ToolResult => answer({ exitCode: 1, stderr })

type Edit = readonly [name: string, expr: Expr.Expr]

const parse = (value: string): Result.Result<Expr.Expr, unknown> =>
  /[\n\r]/.test(value) ? Result.fail("a line break") : Parser.parse(value, { strings: "old" })

/** The values as expressions. The tool refuses an attribute that cannot be set before it sets any. */
const editsOf = ({ edits }: Edits.Plan, version: Version): Result.Result<ReadonlyArray<Edit>, string> => {
  const result: Array<Edit> = []
  for (const [name, value] of edits) {
    if (immutable(name, version)) return Result.fail(`Update of immutable attribute "${name}" is not allowed.`)
    if (secure.test(name)) return Result.fail(`Update of secure attribute "${name}" is not allowed.`)
    const expr = parse(value)
    if (Result.isFailure(expr)) return Result.fail(`Update aborted, illegal value for : ${name}`)
    result.push([name, expr.success])
  }
  return Result.succeed(result)
}

/** Jobs by number. Fails with a message about the first that cannot be edited. */
const byNumber = ({ queue, user }: Visit, plan: Edits.Plan): Result.Result<ReadonlyArray<Job>, string> => {
  const jobs = new Set<Job>()
  for (const word of plan.words) {
    const job = word._tag === "Job" ? queue.find(word.cluster, word.proc) : undefined
    if (job === undefined || job.user !== user) return Result.fail(Edits.failure(plan, word))
    jobs.add(job)
  }
  return Result.succeed(Array.from(jobs))
}

/** Jobs by a condition. With a constraint, only the user's jobs count. Otherwise a job of another user is a failure. */
const byCondition = ({ queue, user }: Visit, plan: Edits.Plan): Result.Result<ReadonlyArray<Job>, string> => {
  const picked = JobSelection.join("||", plan.words.map(JobSelection.condition))
  const conditions = [
    ...(JobSelection.parseAll(plan.constraints, queue.version) ?? []),
    ...(picked === undefined ? [] : [picked])
  ]
  const expr = Expr.parens(JobSelection.join("&&", conditions.map(Expr.parens)) ?? Expr.boolean(true))
  const onlyOwn = plan.constraints.length > 0
  if (JobSelection.tooDeep(expr, queue.version, onlyOwn ? 1 : 0)) return Result.fail(Edits.failure(plan))
  const jobs = ConstraintIndex.jobs(queue, expr).filter((job) => !onlyOwn || job.user === user)
  return jobs.length === 0 || jobs.some((job) => job.user !== user)
    ? Result.fail(Edits.failure(plan))
    : Result.succeed(jobs)
}

/** Runs the tool. */
export const run: Tool = (visit) =>
  Effect.sync(() => {
    const { call, queue } = visit
    const plan = Edits.read(call.args)
    if (Result.isFailure(plan)) return failed(plan.failure)
    const bad = plan.success.constraints.find((one) => JobSelection.parse(one, queue.version) === undefined)
    if (bad !== undefined) return failed(`condor_qedit: invalid constraint: ${bad}\n`)
    if (!visit.mayWrite) return AccessControl.denied(call, queue.version, visit.user)
    const edits = editsOf(plan.success, queue.version)
    if (Result.isFailure(edits)) return failed(`${edits.failure}\nTransaction failed.  No attributes were set.\n`)
    const jobs = Edits.isByNumber(plan.success) ? byNumber(visit, plan.success) : byCondition(visit, plan.success)
    if (Result.isFailure(jobs)) return failed(jobs.failure)
    for (const [name, expr] of edits.success) {
      for (const job of jobs.success) queue.edit(job, name, expr)
    }
    return answer({
      stdout: edits.success.map(([name]) => `Set attribute "${name}" for ${jobs.success.length} matching jobs.\n`).join(
        ""
      )
    })
  })
