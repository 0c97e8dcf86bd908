/**
 * The codes of HTCondor's holds (manual: "Job ClassAd Attributes", `HoldReasonCode`; the names are those of
 * `condor_holdcodes.h`).
 *
 * **Gotchas**
 *
 * A job has only the code of its last hold. `condor_hold` on a held job overwrites the code with 1, and the reason.
 *
 * @since 0.1.0
 */

/**
 * The job's input is being spooled. This is not an error: the job has not started yet.
 *
 * @category constants
 * @since 0.1.0
 */
export const spoolingInput = 16

/**
 * A person used `condor_hold`: the job's owner, or an administrator of the CE or of the batch system. HTCondor's name for
 * it is `UserRequest`. The reason ends with `(by user <name>)`.
 *
 * @category constants
 * @since 0.1.0
 */
export const request = 1

/**
 * An output did not exist, or could not be transferred from the machine.
 *
 * @category constants
 * @since 0.1.0
 */
export const output = 12

/**
 * An input did not exist, or could not be transferred to the machine.
 *
 * @category constants
 * @since 0.1.0
 */
export const input = 13

/**
 * The job was submitted on hold.
 *
 * @category constants
 * @since 0.1.0
 */
export const submittedOnHold = 15

/**
 * The first code of the reasons for which a job was vacated. No hold of a CE has such a code.
 *
 * @category constants
 * @since 0.1.0
 */
export const firstVacate = 1_000

/**
 * HTCondor's names of its codes.
 *
 * @category constants
 * @since 0.1.0
 */
export const names: Readonly<Record<number, string>> = {
  0: "Unspecified",
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
  49: "CannotSwitchPrimaryGroup",
  1000: "JobPolicyVacate",
  1001: "SystemPolicyVacate",
  1002: "ShadowException",
  1003: "JobNotStarted",
  1004: "UserVacateJob",
  1005: "JobShouldRequeue",
  1006: "FailedToActivateClaim",
  1007: "StarterError",
  1008: "ReconnectFailed",
  1009: "ClaimDeactivated",
  1010: "StartdVacateCommand",
  1011: "StartdPreemptExpression",
  1012: "StartdException",
  1013: "StartdShutdown",
  1014: "StartdDraining",
  1015: "StartdCoalesce",
  1016: "StartdHibernate",
  1017: "StartdReleaseCommand",
  1018: "StartdPreemptingClaimRank",
  1019: "StartdPreemptingClaimUserPrio",
  1020: "VMError",
  1021: "ContainerError",
  1022: "ScheddVacate",
  1023: "JobRemoved",
  1024: "ScratchDirError",
  1025: "SuccessfulCheckpoint",
  1026: "ActivationRefusedBadRequest",
  1027: "ActivationRefusedNoMatch",
  1028: "ActivationRefusedStillCleaning",
  1029: "ActivationRefusedWorklifeExpired",
  1030: "ActivationRefusedPreempted",
  1031: "ActivationRefusedBroken",
  1032: "ActivationRefusedNotIdle",
  1033: "ActivationRefusedUnclaimed",
  1034: "ActivationRefusedClaimNotFound",
  1035: "ActivationRefusedOldClaim",
  1036: "ActivationRefusedUnhealthy",
  1037: "StartdRehoming"
}

/**
 * Returns HTCondor's name of a code. For an unknown code it is `Code` or `Vacated` with the number.
 *
 * **Example** (Naming a code)
 *
 * ```ts
 * import { HoldReason } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * assert.strictEqual(HoldReason.nameOf(HoldReason.output), "TransferOutputError")
 * assert.strictEqual(HoldReason.nameOf(99), "Code99")
 * ```
 *
 * @category getters
 * @since 0.1.0
 */
export const nameOf = (code: number): string => names[code] ?? `${code >= firstVacate ? "Vacated" : "Code"}${code}`
