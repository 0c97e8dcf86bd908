/**
 * `condor_rm`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Expr from "../../../classad/Expr.ts"
import * as ToolOutput from "../../../condor/tools/ToolOutput.ts"
import * as AccessControl from "../AccessControl.ts"
import { integer } from "../Attributes.ts"
import * as ConstraintIndex from "../ConstraintIndex.ts"
import type { Job } from "../Job.ts"
import { idOf } from "../Job.ts"
import * as JobSelection from "../JobSelection.ts"
import type { ActionResult } from "../Queue.ts"
import * as RemoveArguments from "../RemoveArguments.ts"
import type { Tool, Visit } from "../Tool.ts"
import { answer } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"

/** A job by its number, and what the schedd did with it. */
interface Done {
  readonly cluster: number
  readonly proc: number
  readonly result: ActionResult
}

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly failed: boolean
}

const isOwn = (job: Job, { user }: Visit): boolean => job.user === user

const isRemoved = (job: Job): boolean => integer(job.ad, "JobStatus") === 3

const removeJob = (visit: Visit, plan: RemoveArguments.Plan, job: Job): ActionResult => {
  if (!isOwn(job, visit)) return "PermissionDenied"
  const by = visit.user.replace(/@.*$/, "")
  if (!plan.forced) return visit.queue.remove(job, by, plan.reason)
  if (!isRemoved(job)) return "BadStatus"
  visit.queue.edit(job, "RemoveReason", Expr.string(`${plan.reason ?? "via condor_rm -forcex"} (by user ${by})`))
  return visit.queue.forceRemoval(job)
}

const said = (forced: boolean, id: string, result: ActionResult): string => {
  switch (result) {
    case "Removed":
      return `Job ${id} ${forced ? "removed locally (remote state unknown)" : "marked for removal"}`
    case "NotFound":
      return `Job ${id} not found`
    case "BadStatus":
      return forced ? `Job ${id} not in \`X' state to be forcibly removed` : `Job ${id} not in a state to be removed`
    case "AlreadyDone":
      return forced ? `Job ${id} not in \`X' state to be forcibly removed` : `Job ${id} already marked for removal`
    case "PermissionDenied":
      return `Permission denied to ${forced ? "force removal of" : "remove"} job ${id}`
    default:
      return `Error ${forced ? "forcibly removing" : "removing"} job ${id}`
  }
}

const resultAd = (done: ReadonlyArray<Done>, plan: RemoveArguments.Plan, total: number, succeeded: boolean): string => {
  const codes = new Map(
    done.map(({ cluster, proc, result }) => [`job_${cluster}_${proc}`, ToolOutput.actionResults.indexOf(result)])
  )
  return [
    `ActionResult = ${succeeded ? 1 : 0}`,
    "ActionResultType = 1",
    "IsQueueSuperUser = false",
    `JobAction = ${plan.forced ? 4 : 3}`,
    `TotalJobAds = ${total}`,
    ...Array.from(codes, ([name, code]) => `${name} = ${code}`).toSorted(),
    "",
    ""
  ].join("\n")
}

const totals = (done: ReadonlyArray<Done>): string => {
  const count = (result: ActionResult) => done.filter((one) => one.result === result).length
  return `${count("Removed")} Succeeded, ${count("Error")} Failed, ${count("NotFound")} Not Found, ${
    count("BadStatus")
  } Bad Status, ${count("AlreadyDone")} Already Done, ${count("PermissionDenied")} Permission Denied\n`
}

/** Whether nothing came of an act, and what is printed of it as a whole. */
const outcome = (visit: Visit, plan: RemoveArguments.Plan, done: ReadonlyArray<Done>, counted: ReadonlyArray<Done>) => {
  const failed = !done.some(({ result }) => result === "Removed")
  const ad = plan.long ? resultAd(done, plan, visit.queue.jobs().length, !failed) : ""
  return { failed, head: `${ad}${plan.totals ? totals(counted) : ""}` }
}

const byNumber = (visit: Visit, plan: RemoveArguments.Plan, ids: ReadonlyArray<RemoveArguments.Id>): Outcome => {
  const tried = ids.map(({ cluster, proc }): Done => {
    const job = visit.queue.find(cluster, proc)
    return { cluster, proc, result: job === undefined ? "NotFound" : removeJob(visit, plan, job) }
  })
  const { failed, head } = outcome(visit, plan, tried, [])
  // The schedd answers by number: of a job that is named twice the last result.
  const results = new Map(tried.map((one) => [idOf(one), one.result]))
  const words = (removed: boolean) =>
    ids.flatMap((id) => {
      const result = results.get(idOf(id)) ?? "Error"
      return (result === "Removed") === removed ? [`${said(plan.forced, idOf(id), result)}\n`] : []
    }).join("")
  return { stdout: `${head}${words(true)}`, stderr: `${failed ? "\n" : ""}${words(false)}`, failed }
}

// The schedd demands that a job can be acted on, and puts both conditions in parentheses.
const levelsAround = 2

const byCondition = (
  visit: Visit,
  plan: RemoveArguments.Plan,
  act: RemoveArguments.Act & { readonly _tag: "Condition" }
): Outcome => {
  const { queue } = visit
  const { expr } = act
  if (expr === undefined) {
    const words = "DCSchedd::actOnJobs:1:Can't insert constraint into ClassAd\n"
    return { stdout: "", stderr: `${words}${RemoveArguments.failure(act)}`, failed: true }
  }
  // Jobs that are on their way out are passed over in silence, or they alone are meant.
  const matching = JobSelection.tooDeep(expr, queue.version, levelsAround)
    ? []
    : ConstraintIndex.jobs(queue, expr).filter((job) => isRemoved(job) === plan.forced)
  const done = matching.map((job): Done => ({
    cluster: job.cluster,
    proc: job.proc,
    result: removeJob(visit, plan, job)
  }))
  const { failed, head } = outcome(visit, plan, done, done)
  const what = plan.forced ? "removed locally (remote state unknown)" : "marked for removal"
  return {
    stdout: `${head}${failed ? "" : `All jobs ${act.text} have been ${what}\n`}`,
    stderr: failed ? `\n${RemoveArguments.failure(act)}` : "",
    failed
  }
}

const usage = (words: string) => answer({ exitCode: 1, stderr: `${words}\n${ToolMessages.usage.condor_rm}` })

/** Plays one run. */
export const run: Tool = (visit) =>
  Effect.sync(() => {
    const { call, queue } = visit
    const read = RemoveArguments.read(call.args, queue.version)
    if (Result.isFailure(read)) {
      return read.failure._tag === "Unknown"
        ? usage(`Unrecognized option: ${read.failure.argument}`)
        : answer({ exitCode: 1, stderr: `condor_rm: -${read.failure.option} requires another argument\n` })
    }
    const plan = read.success
    if (plan.acts.length === 0) return usage(`${plan.warnings}You did not specify any jobs`)
    if (!visit.mayWrite) return AccessControl.denied(call, queue.version, visit.user)
    const outcomes = plan.acts.map((act) =>
      act._tag === "Jobs" ? byNumber(visit, plan, act.jobs) : byCondition(visit, plan, act)
    )
    return answer({
      exitCode: outcomes.some(({ failed }) => failed) ? 1 : 0,
      stdout: outcomes.map(({ stdout }) => stdout).join(""),
      stderr: `${plan.warnings}${outcomes.map(({ stderr }) => stderr).join("")}`
    })
  })
