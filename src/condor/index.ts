/**
 * The shared HTCondor core: pure schemas and parsers, and the one service that runs HTCondor's tools.
 *
 * @since 0.1.0
 */

/** Runs one tool: the seam between this library and HTCondor. */
export * as CondorTool from "./tools/CondorTool.ts"

/** Constraints that pick jobs. */
export * as Constraint from "./Constraint.ts"

/** What a hold or a removal means. */
export * as Explanation from "./Explanation.ts"

/** Jobs that another schedd hands on to an HTCondor-CE. */
export * as GridUniverse from "./GridUniverse.ts"

/** Why a job is held. */
export * as HoldReason from "./HoldReason.ts"

/** The attributes of a job. */
export * as JobAd from "./JobAd.ts"

/** The number of a job. */
export * as JobId from "./JobId.ts"

/** What a job ad says about its job. */
export * as JobState from "./JobState.ts"

/** The attributes by which this library knows its own jobs. */
export * as OwnAttributes from "./OwnAttributes.ts"

/** What `condor_ping` prints. */
export * as Ping from "./tools/Ping.ts"

/** How values are written in the submit language. */
export * as Quote from "./Quote.ts"

/** The form of the rules that say what a hold or a removal means. */
export * as ReasonRules from "./ReasonRules.ts"

/** Commands and attributes that a site asks for. */
export * as SiteCommands from "./SiteCommands.ts"

/** The description that `condor_submit` reads. */
export * as SubmitDescription from "./SubmitDescription.ts"

/** What the submit language can carry. */
export * as SubmitValue from "./SubmitValue.ts"

/** What the words of a failed tool mean. */
export * as ToolFailure from "./tools/ToolFailure.ts"

/** What the tools print. */
export * as ToolOutput from "./tools/ToolOutput.ts"

/** What the tools tell of a conversation with `-debug`. */
export * as Trace from "./tools/Trace.ts"

/** URLs that jobs read from and write to. */
export * as Url from "./Url.ts"
