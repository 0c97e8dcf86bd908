/**
 * The ad that `condor_submit` makes from a description for one job.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Expr from "../../classad/Expr.ts"
import * as Commands from "./Commands.ts"
import * as Container from "./Container.ts"
import { type Draft, gridUniverse } from "./Draft.ts"
import * as Files from "./Files.ts"
import * as Requests from "./Requests.ts"
import * as Unsupported from "./Unsupported.ts"
import * as Values from "./Values.ts"

type Step = (draft: Draft) => void

const universes: ReadonlyMap<string, number> = new Map([
  ["vanilla", 5],
  ["container", 5],
  ["grid", gridUniverse]
])

// The universes whose jobs are not read here.
const foreignUniverses: ReadonlyMap<string, number> = new Map([
  ["scheduler", 7],
  ["mpi", 8],
  ["java", 10],
  ["parallel", 11],
  ["local", 12],
  ["vm", 13],
  ["docker", 5]
])

const unsupportedUniverses: ReadonlyMap<string, number> = new Map([
  ["Standard", 1],
  ["Pipe", 2],
  ["Linda", 3],
  ["PVM", 4],
  ["PVMD", 6]
])

/** The name of a universe by its name in any case, or by its number. */
const named = (names: ReadonlyMap<string, number>, text: string): string | undefined =>
  Array.from(names).find(([name, number]) =>
    name.toLowerCase() === text.toLowerCase() || number === Number.parseInt(text, 10)
  )?.[0]

const universe: Step = (draft) => {
  if (draft.get("JobUniverse") !== undefined) return
  const text = draft.macros.get("universe", "JobUniverse") ?? "vanilla"
  const number = universes.get(named(universes, text) ?? "")
  const unsupported = named(unsupportedUniverses, text) ?? (Number.parseInt(text, 10) ? "Unknown" : undefined)
  if (number === undefined) {
    if (named(foreignUniverses, text) !== undefined) return draft.leave(`the universe ${text}`)
    return draft.fail(
      unsupported === undefined
        ? `I don't know about the '${text}' universe.`
        : `'${unsupported}' is not a supported universe.`
    )
  }
  draft.set("JobUniverse", number)
  if (!draft.isGrid) return
  const resource = draft.macros.get("grid_resource", "GridResource")
  const type = resource?.split(/[ \t]/)[0]
  if (resource === undefined) draft.fail("grid_resource attribute not defined for grid universe job")
  else if (type?.toLowerCase() !== "condor") draft.leave(`the grid type ${type}`)
  else draft.set("GridResource", resource)
}

const args: Step = (draft) => {
  const newOnly = draft.macros.get("arguments2")
  const text = newOnly ?? draft.macros.get("arguments", "Args")
  if (text === undefined) {
    if (draft.get("Args") === undefined && draft.get("Arguments") === undefined) draft.set("Arguments", "")
    return
  }
  Result.match(Values.args(text), {
    onFailure: (message) => draft.fail(`${message}\nThe full arguments you specified were: ${text}`),
    onSuccess: ([attribute, value]) => draft.set(attribute, value)
  })
}

// All jobs of a cluster have the environment of the first job, and add to it.
const environment: Step = (draft) => {
  const text = draft.macros.get("environment2") ?? draft.macros.get("environment", "env")
  const before = Values.environmentOf(draft.text("Environment") ?? "")
  if (text === undefined) return draft.set("Environment", Values.environmentText(before))
  const old = !draft.macros.has("environment") && !draft.macros.has("environment2") && !/^[ \t]*"/.test(text)
  Result.match(Values.environment(text), {
    onFailure: (message) => draft.fail(`${message}\nThe environment you specified was: '${text}'`),
    onSuccess: (variables) => {
      const all = new Map([...before, ...variables])
      if (!old) return draft.set("Environment", Values.environmentText(all))
      draft.set("Env", Values.oldEnvironmentText(all))
      draft.set("EnvDelim", ";")
    }
  })
}

const hold: Step = (draft) => {
  if (draft.truth(false, "hold", "hold") && draft.setting.remote) {
    draft.fail("Cannot set hold to 'true' when using -remote or -spool")
  }
}

const occasions = ["NEVER", "ALWAYS", "COMPLETE", "ERROR", "START"]

const notification: Step = (draft) => {
  const number = occasions.indexOf((draft.macros.get("notification", "JobNotification") ?? "NEVER").toUpperCase())
  const last = draft.setting.version === "lts" ? "'Complete', or 'Error'" : "'Complete', 'Start', or 'Error'"
  if (number < 0) draft.fail(`Notification must be 'Never', 'Always', ${last}`)
  else draft.set("JobNotification", number)
}

const rank: Step = (draft) => {
  const text = draft.macros.get("rank", "preferences")
  if (text === undefined) draft.set("Rank", Expr.real(0))
  else draft.setExpression("Rank", text)
}

/** The default of `leave_in_queue`, by the version of the client. */
export const leaveInQueueByDefault = {
  lts:
    "JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || ((time() - CompletionDate) < 864000))",
  latest:
    "JobStatus == 4 && (time() - (CompletionDate ?: time())) < 864000 && (StageOutFinish ?: 0) < EnteredCurrentStatus"
} as const

const leaveInQueue: Step = (draft) => {
  const text = draft.macros.get("leave_in_queue", "LeaveJobInQueue")
  if (text !== undefined) draft.setExpression("LeaveJobInQueue", text)
  else if (draft.get("LeaveJobInQueue") !== undefined) return
  else if (draft.setting.remote) draft.setExpression("LeaveJobInQueue", leaveInQueueByDefault[draft.setting.version])
  else draft.set("LeaveJobInQueue", false)
}

const integer = (draft: Draft, command: string, attribute: string): number | undefined => {
  const text = draft.macros.get(command, attribute)
  if (text === undefined) return undefined
  const value = Values.integerOf(text)
  if (value === undefined) draft.fail(`${command}=${text} is invalid, must eval to an integer.`)
  return value
}

const inBrackets = (text: string): string => {
  const expr = Values.expression(text)
  const isLoose = expr?._tag === "Conditional" || (expr?._tag === "Binary" && expr.operator === "?:")
  return isLoose ? `(${text})` : text
}

const retries: Step = (draft) => {
  const remove = draft.macros.get("on_exit_remove", "OnExitRemove")
  const hold = draft.macros.get("on_exit_hold", "OnExitHold")
  const most = integer(draft, "max_retries", "JobMaxRetries")
  const success = integer(draft, "success_exit_code", "JobSuccessExitCode")
  const until = draft.macros.get("retry_until")
  if (hold !== undefined) draft.setExpression("OnExitHold", hold)
  if (most === undefined && success === undefined && until === undefined) {
    if (remove !== undefined) draft.setExpression("OnExitRemove", remove)
    return
  }
  draft.set("JobMaxRetries", most ?? 2)
  if (hold === undefined && draft.get("OnExitHold") === undefined) draft.set("OnExitHold", false)
  if (draft.get("OnExitRemove") !== undefined && success === undefined && until === undefined) return
  if (success !== undefined) draft.set("JobSuccessExitCode", success)
  const code = until === undefined ? undefined : Values.integerOf(until)
  const clauses = [
    "NumJobCompletions > JobMaxRetries",
    `ExitCode =?= ${success === undefined ? "0" : "JobSuccessExitCode"}`,
    ...(until === undefined ? [] : [code === undefined ? inBrackets(until) : `ExitCode =?= ${code}`]),
    ...(remove === undefined ? [] : [inBrackets(remove)])
  ]
  draft.setExpression("OnExitRemove", clauses.join(" || "))
}

const accounting: Step = (draft) => {
  const isNew = draft.setting.version === "latest"
  const project = isNew ? draft.macros.get("project_name", "ProjectName") : undefined
  if (project !== undefined) draft.set("ProjectName", project)
  const group = draft.macros.get("accounting_group", "AccountingGroup")
  const named = draft.macros.get("accounting_group_user", "AcctGroupUser")
  if (group === undefined && named === undefined) return
  const user = named ?? draft.setting.username
  draft.set("AcctGroupUser", user)
  if (group !== undefined) draft.set("AcctGroup", group)
  draft.set("AccountingGroup", group === undefined ? user : `${group}.${user}`)
}

/** `+Name = expression` and `My.Name = expression`. */
const forced: Step = (draft) => {
  for (const [name, value] of draft.macros.named((name) => /^my\./i.test(name))) {
    const text = draft.macros.expand(value)
    draft.setExpression(name.slice("my.".length), text === "" ? "undefined" : text)
  }
}

const beforeFiles: ReadonlyArray<Step> = [
  Commands.initialAttributes,
  universe,
  Files.initialDirectory,
  Container.image,
  Unsupported.commands,
  Files.executable
]

const afterFiles: ReadonlyArray<Step> = [
  args,
  environment,
  hold,
  Files.streams,
  notification,
  rank,
  Commands.periodicCommands,
  leaveInQueue,
  retries,
  Requests.requests,
  accounting,
  Commands.simpleCommands,
  Files.transfers,
  Commands.defaultAttributes,
  forced,
  Requests.requirements
]

const run = (draft: Draft, steps: ReadonlyArray<Step>): void => {
  for (const step of steps) if (draft.problem === undefined) step(draft)
}

/** The first half: all that must be known before the program is searched for. */
export const begin = (draft: Draft): void => run(draft, beforeFiles)

/** The second half. */
export const finish = (draft: Draft): void => run(draft, afterFiles)
