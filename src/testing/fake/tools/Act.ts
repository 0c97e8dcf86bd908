/**
 * `condor_rm` and `condor_release`.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Expr from "../../../classad/Expr.ts"
import * as HoldReason from "../../../condor/HoldReason.ts"
import * as ToolOutput from "../../../condor/tools/ToolOutput.ts"
import * as AccessControl from "../AccessControl.ts"
import * as ActArguments from "../ActArguments.ts"
import { integer } from "../Attributes.ts"
import * as ConstraintIndex from "../ConstraintIndex.ts"
import type { Job } from "../Job.ts"
import { idOf } from "../Job.ts"
import * as JobSelection from "../JobSelection.ts"
import type { ActionResult } from "../Queue.ts"
import type { Tool, Visit } from "../Tool.ts"
import { answer } from "../Tool.ts"
import * as ToolMessages from "../ToolMessages.ts"

/** A job number, and the result of the action. */
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

const isReleasable = (job: Job): boolean =>
  integer(job.ad, "JobStatus") === 5 && integer(job.ad, "HoldReasonCode") !== HoldReason.spoolingInput

/** The actions: remove, remove at once what is being removed (`-forcex`), release. */
type Mode = "remove" | "forget" | "release"

const modeOf = ({ call }: Visit, plan: ActArguments.Plan): Mode =>
  call.tool === "condor_release" ? "release" : plan.forced ? "forget" : "remove"

const actOn = (visit: Visit, plan: ActArguments.Plan, job: Job): ActionResult => {
  if (!isOwn(job, visit)) return "PermissionDenied"
  const by = visit.user.replace(/@.*$/, "")
  switch (modeOf(visit, plan)) {
    case "remove":
      return visit.queue.remove(job, by, plan.reason)
    case "release":
      return visit.queue.release(job, by, plan.reason)
    case "forget":
      if (!isRemoved(job)) return "BadStatus"
      visit.queue.edit(job, "RemoveReason", Expr.string(`${plan.reason ?? "via condor_rm -forcex"} (by user ${by})`))
      return visit.queue.forceRemoval(job)
  }
}

const isMeant = (mode: Mode, job: Job): boolean =>
  mode === "release" ? isReleasable(job) : isRemoved(job) === (mode === "forget")

const toolOf = ({ call }: Visit): ActArguments.ActTool =>
  call.tool === "condor_release" ? "condor_release" : "condor_rm"

/** The terms of each action in messages: success, a wrong state, and the action itself. */
const words = {
  remove: { done: "marked for removal", bad: "not in a state to be removed", deed: "remove", doing: "removing" },
  forget: {
    done: "removed locally (remote state unknown)",
    bad: "not in `X' state to be forcibly removed",
    deed: "force removal of",
    doing: "forcibly removing"
  },
  release: { done: "released", bad: "not held to be released", deed: "release", doing: "releasing" }
} as const

const said = (mode: Mode, id: string, result: ActionResult): string => {
  const { bad, deed, doing, done } = words[mode]
  switch (result) {
    case "Done":
      return `Job ${id} ${done}`
    case "NotFound":
      return `Job ${id} not found`
    case "BadStatus":
      return `Job ${id} ${bad}`
    case "AlreadyDone":
      return `Job ${id} ${mode === "remove" ? "already marked for removal" : bad}`
    case "PermissionDenied":
      return `Permission denied to ${deed} job ${id}`
    default:
      return `Error ${doing} job ${id}`
  }
}

// HTCondor's numbers of the actions.
const actions: Readonly<Record<Mode, number>> = { release: 2, remove: 3, forget: 4 }

const resultAd = (done: ReadonlyArray<Done>, mode: Mode, total: number, succeeded: boolean): string => {
  const codes = new Map(
    done.map(({ cluster, proc, result }) => [`job_${cluster}_${proc}`, ToolOutput.actionResults.indexOf(result)])
  )
  return [
    `ActionResult = ${succeeded ? 1 : 0}`,
    "ActionResultType = 1",
    "IsQueueSuperUser = false",
    `JobAction = ${actions[mode]}`,
    `TotalJobAds = ${total}`,
    ...Array.from(codes, ([name, code]) => `${name} = ${code}`).toSorted(),
    "",
    ""
  ].join("\n")
}

const totals = (done: ReadonlyArray<Done>): string => {
  const count = (result: ActionResult) => done.filter((one) => one.result === result).length
  return `${count("Done")} Succeeded, ${count("Error")} Failed, ${count("NotFound")} Not Found, ${
    count("BadStatus")
  } Bad Status, ${count("AlreadyDone")} Already Done, ${count("PermissionDenied")} Permission Denied\n`
}

/** Whether an action failed for all jobs, and the beginning of its output. */
const outcome = (visit: Visit, plan: ActArguments.Plan, done: ReadonlyArray<Done>, counted: ReadonlyArray<Done>) => {
  const failed = !done.some(({ result }) => result === "Done")
  const ad = plan.long ? resultAd(done, modeOf(visit, plan), visit.queue.jobs().length, !failed) : ""
  return { failed, head: `${ad}${plan.totals ? totals(counted) : ""}` }
}

const byNumber = (visit: Visit, plan: ActArguments.Plan, ids: ReadonlyArray<ActArguments.Id>): Outcome => {
  const tried = ids.map(({ cluster, proc }): Done => {
    const job = visit.queue.find(cluster, proc)
    return { cluster, proc, result: job === undefined ? "NotFound" : actOn(visit, plan, job) }
  })
  const { failed, head } = outcome(visit, plan, tried, [])
  // The schedd answers by job number. If a job appears twice, its last result counts.
  const results = new Map(tried.map((one) => [idOf(one), one.result]))
  const mode = modeOf(visit, plan)
  const told = (isDone: boolean) =>
    ids.flatMap((id) => {
      const result = results.get(idOf(id)) ?? "Error"
      return (result === "Done") === isDone ? [`${said(mode, idOf(id), result)}\n`] : []
    }).join("")
  return { stdout: `${head}${told(true)}`, stderr: `${failed ? "\n" : ""}${told(false)}`, failed }
}

// The schedd adds the condition that it can act on the job, and puts both conditions in parentheses.
const levelsAround = 2

const byCondition = (
  visit: Visit,
  plan: ActArguments.Plan,
  act: ActArguments.Act & { readonly _tag: "Condition" }
): Outcome => {
  const { queue } = visit
  const { expr } = act
  if (expr === undefined) {
    const complaint = "DCSchedd::actOnJobs:1:Can't insert constraint into ClassAd\n"
    return { stdout: "", stderr: `${complaint}${ActArguments.failure(toolOf(visit), act)}`, failed: true }
  }
  const mode = modeOf(visit, plan)
  // The schedd silently skips jobs on which it cannot act.
  const matching = JobSelection.tooDeep(expr, queue.version, levelsAround)
    ? []
    : ConstraintIndex.jobs(queue, expr).filter((job) => isMeant(mode, job))
  const done = matching.map((job): Done => ({
    cluster: job.cluster,
    proc: job.proc,
    result: actOn(visit, plan, job)
  }))
  const { failed, head } = outcome(visit, plan, done, done)
  return {
    stdout: `${head}${failed ? "" : `All jobs ${act.text} have been ${words[mode].done}\n`}`,
    stderr: failed ? `\n${ActArguments.failure(toolOf(visit), act)}` : "",
    failed
  }
}

const usage = (tool: ActArguments.ActTool, complaint: string) =>
  answer({ exitCode: 1, stderr: `${complaint}\n${ToolMessages.usage[tool]}` })

/** Runs the tool. */
export const run: Tool = (visit) =>
  Effect.sync(() => {
    const { call, queue } = visit
    const tool = toolOf(visit)
    const read = ActArguments.read(tool, call.args, queue.version)
    if (Result.isFailure(read)) {
      return read.failure._tag === "Unknown"
        ? usage(tool, `Unrecognized option: ${read.failure.argument}`)
        : answer({ exitCode: 1, stderr: `${tool}: -${read.failure.option} requires another argument\n` })
    }
    const plan = read.success
    if (plan.acts.length === 0) return usage(tool, `${plan.warnings}You did not specify any jobs`)
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
