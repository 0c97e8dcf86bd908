/**
 * Why a job is held: the codes of HTCondor (manual: "Job ClassAd Attributes", `HoldReasonCode`; for the
 * names `condor_holdcodes.h`).
 *
 * **Gotchas**
 *
 * A job has the code of its last hold: `condor_hold` of a held job puts 1 and a new reason in the place of what was there.
 *
 * @since 0.1.0
 */

/**
 * The job's input is being spooled. Not an error: the job has not begun.
 *
 * @category constants
 * @since 0.1.0
 */
export const spoolingInput = 16

/**
 * Somebody used `condor_hold`: the job's owner, or an administrator of the CE or of the batch system. The manual's name,
 * `UserRequest`, says more than is known; at the end of the reason is `(by user <name>)`.
 *
 * @category constants
 * @since 0.1.0
 */
export const request = 1

const names: Readonly<Record<number, string>> = {
  1: "UserRequest",
  2: "GlobusGramError",
  3: "JobPolicy",
  4: "CorruptedCredential",
  5: "JobPolicyUndefined",
  6: "FailedToCreateProcess",
  7: "UnableToOpenOutput",
  8: "UnableToOpenInput",
  9: "UnableToOpenOutputStream",
  10: "UnableToOpenInputStream",
  11: "InvalidTransferAck",
  12: "TransferOutputError",
  13: "TransferInputError",
  14: "IwdError",
  15: "SubmittedOnHold",
  16: "SpoolingInput",
  17: "JobShadowMismatch",
  18: "InvalidTransferGoAhead",
  19: "HookPrepareJobFailure",
  20: "MissedDeferredExecutionTime",
  21: "StartdHeldJob",
  22: "UnableToInitUserLog",
  23: "FailedToAccessUserAccount",
  24: "NoCompatibleShadow",
  25: "InvalidCronSettings",
  26: "SystemPolicy",
  27: "SystemPolicyUndefined",
  28: "GlexecChownSandboxToUser",
  29: "PrivsepChownSandboxToUser",
  30: "GlexecChownSandboxToCondor",
  31: "PrivsepChownSandboxToCondor",
  32: "MaxTransferInputSizeExceeded",
  33: "MaxTransferOutputSizeExceeded",
  34: "JobOutOfResources",
  35: "InvalidDockerImage",
  36: "FailedToCheckpoint",
  37: "EC2UserError",
  38: "EC2InternalError",
  39: "EC2AdminError",
  40: "EC2ConnectionProblem",
  41: "EC2ServerError",
  42: "EC2InstancePotentiallyLostError",
  43: "PreScriptFailed",
  44: "PostScriptFailed",
  45: "SingularityTestFailed",
  46: "JobDurationExceeded",
  47: "JobExecuteExceeded",
  48: "HookShadowPrepareJobFailure",
  49: "CannotSwitchPrimaryGroup"
}

/**
 * HTCondor's name of a hold code; codes from 1000 on tell why a job was vacated, any other is given by its number.
 *
 * @category getters
 * @since 0.1.0
 */
export const nameOf = (code: number): string => names[code] ?? (code >= 1000 ? `Vacated${code}` : `Code${code}`)
