/**
 * Submit jobs to an HTCondor-CE, follow them, collect their output and cancel them.
 *
 * @since 0.1.0
 */

/** Failures of a whole operation. */
export * as BackendError from "./contract/BackendError.ts"

/** The capabilities of a CE, one service each. */
export * as Capability from "./contract/Capability.ts"

/** Many HTCondor-CEs as one backend. */
export * as ComputeElements from "./ce/ComputeElements.ts"

/** Runs one of HTCondor's tools. */
export * as CondorTool from "./condor/tools/CondorTool.ts"

/** Credentials, and the layers that supply them to a backend. */
export * as Credential from "./credentials/Credential.ts"

/** The address of an HTCondor-CE. */
export * as Endpoint from "./ce/Endpoint.ts"

/** Conversion of pilots to and from DIRAC and DiracX. */
export * as DiracX from "./ce/DiracX.ts"

/** The configuration of a CE in environment variables. */
export * as Environment from "./ce/Environment.ts"

/** The backend for an HTCondor-CE. */
export * as HTCondorCE from "./ce/HTCondorCE.ts"

/** Failures of single jobs in an operation on many. */
export * as JobError from "./contract/JobError.ts"

/** The durable identity of one job. */
export * as JobHandle from "./contract/JobHandle.ts"

/** The output of a fetched job. */
export * as JobOutput from "./contract/JobOutput.ts"

/** The state of a job, its times and its usage. */
export * as JobRecord from "./contract/JobRecord.ts"
/** The state of a job. */
export * as JobStatus from "./contract/JobStatus.ts"

/** Limits on the output that a deployment accepts. */
export * as Limits from "./contract/Limits.ts"

/** The metrics of a backend. */
export * as Metrics from "./contract/Metrics.ts"

/** The answer of a bulk operation. */
export * as Outcomes from "./contract/Outcomes.ts"

/** The files that a held job has left. */
export * as PartialOutput from "./contract/PartialOutput.ts"

/** Whether, and when, to repeat a failed operation. */
export * as Retry from "./contract/Retry.ts"

/** The way of jobs to an HTCondor-CE: directly, or through a submit host. */
export * as Route from "./ce/Route.ts"

/** The connection to the schedd of an HTCondor-CE. */
export * as ScheddTransport from "./ce/ScheddTransport.ts"

/** The submission of a payload, and its result. */
export * as Submission from "./contract/Submission.ts"

/** WLCG Bearer Token Discovery. */
export * as TokenDiscovery from "./credentials/TokenDiscovery.ts"

/** The key of one submission. */
export * as SubmissionKey from "./contract/SubmissionKey.ts"
