/**
 * The commands of a submit description that become one attribute each.
 *
 * @since 0.1.0
 */
import * as Expr from "../../classad/Expr.ts"
import { type Draft, within } from "./Draft.ts"
import { integerOf, names, truthOf, withoutQuotes } from "./Values.ts"

type Kind = "text" | "unquoted" | "list" | "log" | "integer" | "truth" | "expression"

/** A command, its attribute, which is another name for it, and the kind of its value. */
type Command = readonly [command: string, attribute: string, kind: Kind]

/** Commands that are set before the files are checked. */
const simple: ReadonlyArray<Command> = [
  ["next_job_start_delay", "NextJobStartDelay", "expression"],
  ["keep_claim_idle", "KeepClaimIdle", "expression"],
  ["job_machine_attrs", "JobMachineAttrs", "text"],
  ["notify_user", "NotifyUser", "text"],
  ["email_attributes", "EmailAttributes", "list"],
  ["remote_initialdir", "RemoteIwd", "text"],
  ["transfer_container", "TransferContainer", "truth"],
  ["container_target_dir", "ContainerTargetDir", "unquoted"],
  ["output_destination", "OutputDestination", "text"],
  ["want_graceful_removal", "WantGracefulRemoval", "expression"],
  ["job_max_vacate_time", "JobMaxVacateTime", "expression"],
  ["encrypt_execute_directory", "EncryptExecuteDirectory", "truth"],
  ["log", "UserLog", "log"],
  ["log_xml", "UserLogUseXML", "truth"],
  ["noop_job", "IsNoopJob", "expression"],
  ["noop_job_exit_signal", "NoopJobExitSignal", "expression"],
  ["noop_job_exit_code", "NoopJobExitCode", "expression"],
  ["submit_event_notes", "SubmitEventNotes", "text"],
  ["submit_event_user_notes", "SubmitEventUserNotes", "text"],
  ["stack_size", "StackSize", "expression"],
  ["description", "JobDescription", "text"],
  ["batch_name", "JobBatchName", "unquoted"],
  ["batch_id", "JobBatchId", "unquoted"],
  ["max_job_retirement_time", "MaxJobRetirementTime", "expression"],
  ["job_lease_duration", "JobLeaseDuration", "expression"],
  ["core_size", "CoreSize", "integer"],
  ["priority", "JobPrio", "integer"],
  ["run_as_owner", "RunAsOwner", "truth"],
  ["max_transfer_input_mb", "MaxTransferInputMB", "expression"],
  ["max_transfer_output_mb", "MaxTransferOutputMB", "expression"],
  ["preserve_relative_paths", "PreserveRelativePaths", "truth"],
  ["allowed_job_duration", "AllowedJobDuration", "expression"],
  ["allowed_execute_duration", "AllowedExecuteDuration", "expression"]
]

/** Commands that are set after the rank and before the retries. */
const periodic: ReadonlyArray<Command> = [
  ["periodic_hold", "PeriodicHold", "expression"],
  ["periodic_hold_reason", "PeriodicHoldReason", "expression"],
  ["periodic_hold_subcode", "PeriodicHoldSubCode", "expression"],
  ["periodic_release", "PeriodicRelease", "expression"],
  ["periodic_remove", "PeriodicRemove", "expression"],
  ["periodic_vacate", "PeriodicVacate", "expression"],
  ["on_exit_hold_reason", "OnExitHoldReason", "expression"],
  ["on_exit_hold_subcode", "OnExitHoldSubCode", "expression"]
]

const set = (draft: Draft, command: string, attribute: string, kind: Kind, text: string): void => {
  switch (kind) {
    case "text":
      return draft.set(attribute, text)
    case "unquoted":
      return draft.set(attribute, withoutQuotes(text))
    case "list":
      return draft.set(attribute, names(text).join(","))
    case "log":
      return draft.set(attribute, within(draft.text("Iwd") ?? "", text))
    case "expression":
      return draft.setExpression(attribute, text)
    case "integer": {
      const value = integerOf(text)
      return value === undefined
        ? draft.fail(`${command}=${text} is invalid, must eval to an integer.`)
        : draft.set(attribute, value)
    }
    case "truth": {
      const value = truthOf(text)
      return value === undefined
        ? draft.fail(`${command}=${text} is invalid, must eval to a boolean.`)
        : draft.set(attribute, value)
    }
  }
}

const setAll = (draft: Draft, commands: ReadonlyArray<Command>): void => {
  for (const [command, attribute, kind] of commands) {
    const text = draft.macros.get(command, attribute) ??
      (command === "priority" ? draft.macros.get("prio") : undefined)
    if (text !== undefined) set(draft, command, attribute, kind, text)
  }
}

export const simpleCommands = (draft: Draft): void => setAll(draft, simple)

export const periodicCommands = (draft: Draft): void => setAll(draft, periodic)

const initial: ReadonlyArray<readonly [string, number | boolean | string | Expr.Expr]> = [
  ["MyType", "Job"],
  ["TargetType", "Machine"],
  ["JobSubmitMethod", 0],
  ["RemoteWallClockTime", Expr.real(0)],
  ["RemoteUserCpu", Expr.real(0)],
  ["RemoteSysCpu", Expr.real(0)],
  ["CumulativeRemoteUserCpu", Expr.real(0)],
  ["CumulativeRemoteSysCpu", Expr.real(0)],
  ["ExitStatus", 0],
  ["NumCkpts", 0],
  ["NumJobStarts", 0],
  ["NumJobCompletions", 0],
  ["NumRestarts", 0],
  ["NumSystemHolds", 0],
  ["CommittedTime", 0],
  ["CommittedSlotTime", 0],
  ["CumulativeSlotTime", 0],
  ["TotalSuspensions", 0],
  ["LastSuspensionTime", 0],
  ["CumulativeSuspensionTime", 0],
  ["CommittedSuspensionTime", 0],
  ["ExitBySignal", false],
  ["MinHosts", 1],
  ["MaxHosts", 1],
  ["CurrentHosts", 0]
]

/** Sets the attributes with which every job begins. */
export const initialAttributes = (draft: Draft): void => {
  for (const [name, value] of initial) if (draft.get(name) === undefined) draft.set(name, value)
}

/** Sets the defaults of attributes that no command has set. */
export const defaultAttributes = (draft: Draft): void => {
  if (draft.isGrid) draft.set("KillSig", "SIGTERM")
  else if (draft.get("JobLeaseDuration") === undefined) draft.set("JobLeaseDuration", 2400)
  if (draft.get("JobPrio") === undefined) draft.set("JobPrio", 0)
}
