/**
 * Submit jobs to an HTCondor-CE, follow them, collect their output and cancel them.
 *
 * @since 0.1.0
 */

/** Failures of a whole operation. */
export * as BackendError from "./contract/BackendError.ts"

/** What a compute element can do, one service each. */
export * as Capability from "./contract/Capability.ts"

/** Many HTCondor-CEs as one. */
export * as ComputeElements from "./ce/ComputeElements.ts"

/** Runs one of HTCondor's tools. */
export * as CondorTool from "./condor/tools/CondorTool.ts"

/** What a backend shows to a compute element to be let in, and who gives it to the backend. */
export * as Credential from "./credentials/Credential.ts"

/** Where an HTCondor-CE is. */
export * as Endpoint from "./ce/Endpoint.ts"

/** Pilots as DIRAC and DiracX know them. */
export * as DiracX from "./ce/DiracX.ts"

/** What the environment says of a compute element. */
export * as Environment from "./ce/Environment.ts"

/** The backend for an HTCondor-CE. */
export * as HTCondorCE from "./ce/HTCondorCE.ts"

/** Failures of one job in an operation on many. */
export * as JobError from "./contract/JobError.ts"

/** The durable identity of one job. */
export * as JobHandle from "./contract/JobHandle.ts"

/** What a fetched job left behind. */
export * as JobOutput from "./contract/JobOutput.ts"

/** What a job is doing. */
export * as JobRecord from "./contract/JobRecord.ts"
export * as JobStatus from "./contract/JobStatus.ts"

/** How much output a deployment accepts. */
export * as Limits from "./contract/Limits.ts"

/** What a backend counts and measures. */
export * as Metrics from "./contract/Metrics.ts"

/** The answer of a bulk operation. */
export * as Outcomes from "./contract/Outcomes.ts"

/** What a held job left behind. */
export * as PartialOutput from "./contract/PartialOutput.ts"

/** Whether, and when, to repeat what failed. */
export * as Retry from "./contract/Retry.ts"

/** Which way jobs go to an HTCondor-CE. */
export * as Route from "./ce/Route.ts"

/** How the schedd of an HTCondor-CE is reached. */
export * as ScheddTransport from "./ce/ScheddTransport.ts"

/** What a caller submits, and what it gets back. */
export * as Submission from "./contract/Submission.ts"

/** The discovery of a bearer token as WLCG defines it. */
export * as TokenDiscovery from "./credentials/TokenDiscovery.ts"

/** The name of one submission. */
export * as SubmissionKey from "./contract/SubmissionKey.ts"
