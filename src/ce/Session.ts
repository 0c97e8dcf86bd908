/**
 * One operation's conversation with a CE: it runs tools with one set of credentials and explains their failures.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import { CondorTool, type ToolCall, type ToolError, type ToolName, type ToolResult } from "../condor/CondorTool.ts"
import * as ToolFailure from "../condor/ToolFailure.ts"
import * as ToolOutput from "../condor/ToolOutput.ts"
import {
  AuthenticationFailed,
  AuthorizationDenied,
  type BackendError,
  CEUnavailable,
  type CredentialUnavailable,
  type LocalFailure,
  ToolFailed,
  ToolMissing,
  type ToolReport,
  ToolTimeout
} from "../contract/BackendError.ts"
import * as Channel from "./Channel.ts"
import type { Settings } from "./Config.ts"
import type { Endpoint } from "./Endpoint.ts"
import type { Temporary } from "./Temporary.ts"

/**
 * - `run`: whatever the exit code, the answer of the tool
 * - `query`: the answer of a tool that succeeded, or what its failure means
 * - `explain`: what the failure of a run means; asks the collector where the tool's own words do not tell
 *
 * @category models
 * @since 0.1.0
 */
export interface Session {
  readonly endpoint: Endpoint
  readonly settings: Settings
  run(
    tool: ToolName,
    args: ReadonlyArray<string>,
    options?: Pick<ToolCall, "cwd" | "writesTo"> & { readonly timeout?: Duration.Input | undefined }
  ): Effect.Effect<ToolResult, BackendError>
  query(tool: ToolName, args: ReadonlyArray<string>): Effect.Effect<ToolResult, BackendError>
  explain(tool: ToolName, result: ToolResult): Effect.Effect<BackendError>
}

/**
 * The words of a failed tool, for an error.
 *
 * @category converting
 * @since 0.1.0
 */
export const report = (tool: ToolName, result: ToolResult): ToolReport => ({
  tool,
  exitCode: result.exitCode,
  output: ToolFailure.words(result)
})

const fromToolError = (endpoint: Endpoint) => (error: ToolError): BackendError => {
  switch (error._tag) {
    case "ToolNotStarted":
      return new ToolMissing({ tool: error.tool, detail: error.detail })
    case "ToolTimedOut":
      return new ToolTimeout({ tool: error.tool, seconds: error.seconds })
    case "ToolOutputTooLarge":
      return new ToolFailed({
        endpoint: endpoint.address,
        detail: `the answer exceeds ${error.maxBytes} bytes`,
        report: { tool: error.tool, exitCode: 0, output: "" }
      })
  }
}

/**
 * Opens sessions with one CE. The limit on tools that run at one time holds for all sessions together.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(endpoint: Endpoint, settings: Settings, temporary: Temporary) {
  const tools = yield* CondorTool
  const channel = yield* Channel.make(endpoint, settings, temporary)
  const semaphore = yield* Semaphore.make(settings.maxConcurrent)
  const address = endpoint.address

  const open = (environment: Record<string, string>): Session => {
    const run: Session["run"] = (tool, args, options = {}) =>
      tools.run({ ...options, tool, args, environment, timeout: options.timeout ?? settings.timeout }).pipe(
        semaphore.withPermit,
        Effect.mapError(fromToolError(endpoint))
      )

    // The same look-up that the failed tool made first, but this tool says what went wrong with it.
    const probe = Effect.fnUntraced(function*(
      failed: ToolReport,
      kind: ToolFailure.Kind
    ): Effect.fn.Return<BackendError, BackendError> {
      const result = yield* run("condor_status", ["-pool", address, "-schedd", "-af", "Name"])
      if (result.exitCode !== 0) {
        switch (ToolFailure.classify(result)) {
          case "Authentication":
            return new AuthenticationFailed({ endpoint: address, report: report("condor_status", result) })
          case "Denied":
            return new AuthorizationDenied({ endpoint: address, report: report("condor_status", result) })
          default:
            return new CEUnavailable({
              endpoint: address,
              detail: "does not answer",
              report: report("condor_status", result)
            })
        }
      }
      const names = ToolOutput.scheddNames(result.stdout)
      if (!names.includes(endpoint.schedd)) {
        const known = names.length === 0 ? "none" : names.join(", ")
        return new CEUnavailable({
          endpoint: address,
          detail: `has no schedd ${endpoint.schedd} (it has: ${known})`,
          report: failed
        })
      }
      // The collector still lists a schedd that has just gone.
      return kind === "Other"
        ? new ToolFailed({ endpoint: address, detail: "the tool failed although the schedd is there", report: failed })
        : new CEUnavailable({
          endpoint: address,
          detail: `has a schedd ${endpoint.schedd} that does not answer`,
          report: failed
        })
    })

    const explain: Session["explain"] = Effect.fnUntraced(function*(tool, result) {
      const failed = report(tool, result)
      const kind = ToolFailure.classify(result)
      switch (kind) {
        case "Authentication":
          return new AuthenticationFailed({ endpoint: address, report: failed })
        case "Denied":
          return new AuthorizationDenied({ endpoint: address, report: failed })
        case "Unreachable":
          return new CEUnavailable({ endpoint: address, detail: "does not answer", report: failed })
        case "NoSchedd":
        case "Ambiguous":
          return yield* Effect.catch(probe(failed, kind), Effect.succeed)
        case "NoHistory":
        case "Other":
          return failed.output === ""
            ? yield* Effect.catch(probe(failed, kind), Effect.succeed)
            : new ToolFailed({ endpoint: address, detail: "the tool failed", report: failed })
      }
    })

    const query: Session["query"] = Effect.fnUntraced(function*(tool, args) {
      const result = yield* run(tool, args)
      return result.exitCode === 0 ? result : yield* Effect.flip(explain(tool, result))
    })

    return { endpoint, settings, run, query, explain }
  }

  return Effect.map(channel, open) satisfies Effect.Effect<Session, CredentialUnavailable | LocalFailure, Scope.Scope>
})

/**
 * Opens a session for the length of a scope.
 *
 * @category models
 * @since 0.1.0
 */
export type Open = Effect.Effect<Session, CredentialUnavailable | LocalFailure, Scope.Scope>
