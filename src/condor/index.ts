/**
 * The HTCondor core: schemas and parsers without side effects, and the service that runs HTCondor's tools.
 *
 * @since 0.1.0
 */

/** The service that runs one tool of HTCondor. */
export * as CondorTool from "./tools/CondorTool.ts"

/** Constraints that select jobs. */
export * as Constraint from "./Constraint.ts"

/** The cause of a hold or a removal, and the advice for it. */
export * as Explanation from "./Explanation.ts"

/** Jobs that another schedd hands over to an HTCondor-CE. */
export * as GridUniverse from "./GridUniverse.ts"

/** The codes of holds. */
export * as HoldReason from "./HoldReason.ts"

/** The attributes of a job. */
export * as JobAd from "./JobAd.ts"

/** The number of a job. */
export * as JobId from "./JobId.ts"

/** The state of a job, from its ad. */
export * as JobState from "./JobState.ts"

/** The attributes by which this library recognises its own jobs. */
export * as OwnAttributes from "./OwnAttributes.ts"

/** The output of `condor_ping`. */
export * as Ping from "./tools/Ping.ts"

/** The quotes of the submit language. */
export * as Quote from "./Quote.ts"

/** The rules that give holds and removals a cause and an advice. */
export * as ReasonRules from "./ReasonRules.ts"

/** Commands and attributes that a site requires. */
export * as SiteCommands from "./SiteCommands.ts"

/** The description that `condor_submit` reads. */
export * as SubmitDescription from "./SubmitDescription.ts"

/** The texts that the submit language can carry. */
export * as SubmitValue from "./SubmitValue.ts"

/** The kinds of failures of a tool, by its messages. */
export * as ToolFailure from "./tools/ToolFailure.ts"

/** The output of the tools. */
export * as ToolOutput from "./tools/ToolOutput.ts"

/** The trace of a connection, which the tools print with `-debug`. */
export * as Trace from "./tools/Trace.ts"

/** URLs that jobs read from and write to. */
export * as Url from "./Url.ts"
