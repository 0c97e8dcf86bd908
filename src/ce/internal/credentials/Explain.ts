/**
 * What the failure of a tool means, and who is to blame: where the tool's own words do not tell, the CE is asked.
 */
import * as Effect from "effect/Effect"
import type { ToolName, ToolResult } from "../../../condor/tools/CondorTool.ts"
import * as ToolFailure from "../../../condor/tools/ToolFailure.ts"
import * as ToolOutput from "../../../condor/tools/ToolOutput.ts"
import * as Trace from "../../../condor/tools/Trace.ts"
import {
  type AuthenticationFailed,
  AuthorizationDenied,
  type BackendError,
  BackendFailed,
  CEUnavailable,
  HostNotTrusted,
  LocalFailure,
  type Report
} from "../../../contract/BackendError.ts"
import * as HostName from "../../../contract/HostName.ts"
import type { Settings } from "../../Config.ts"
import type { Endpoint } from "../../Endpoint.ts"

/**
 * The words of a failed tool, for an error.
 */
export const report = (tool: ToolName, result: ToolResult): Report => ({
  tool,
  exitCode: result.exitCode,
  output: ToolFailure.words(Trace.withoutDebug(result))
})

/**
 * The error for an answer that cannot be read. It shows how the answer begins: a wrapper around a tool may print there, too.
 */
export const unreadable = ({ address }: Endpoint, tool: ToolName, detail: string, stdout: string): BackendFailed => {
  const output = ToolOutput.beginning(stdout)
  return new BackendFailed({
    endpoint: address,
    detail,
    // One that begins as it should was cut short.
    retry: /^\s*(?:\[|$)/.test(output) ? "Later" : "AfterRepair",
    report: { tool, exitCode: 0, output }
  })
}

// HTCondor's tools show a credential only to a host that they trust, and then say that authentication failed.
const certificateError = (
  { address }: Endpoint,
  { directory, file }: Settings["certificateAuthorities"],
  certificate: Trace.Certificate | undefined,
  failed: Report
): HostNotTrusted | LocalFailure | undefined => {
  const untrusted = (detail: string) => new HostNotTrusted({ endpoint: address, detail, report: failed })
  switch (certificate?._tag) {
    case "Untrusted":
      return untrusted(
        `this host does not trust ${certificate.issuer}, or the certificate of ${certificate.subject}: ${certificate.detail}`
      )
    case "OtherHost":
      return untrusted(`its certificate is for ${certificate.names.join(", ")}, and not for ${certificate.host}`)
    case "NoHost":
      return untrusted("it was asked for by an address, and its certificate is for a name")
    case "Authorities":
      return new LocalFailure({
        path: file ?? directory ?? "certificate authorities",
        detail: `HTCondor's tools cannot read who may sign host certificates: ${certificate.detail}`
      })
    default:
      return undefined
  }
}

// The tool takes it for a refusal if nothing answers its offer of methods.
const isBroken = ({ refusal, unanswered }: Trace.Trace): boolean =>
  unanswered && (refusal === undefined || refusal._tag === "NoMethod")

/**
 * - `run`: a tool, which tells of its conversations where `debug` says so
 * - `hasExpired`: whether the credential that a run has shown has expired since
 * - `refused`: the error for a run whose credential was refused
 * - `doubt`: why the endpoint may not be that of a CE. A daemon of 23.9 that takes no credentials of this kind breaks off
 */
export interface Options {
  readonly endpoint: Endpoint
  readonly certificateAuthorities: Settings["certificateAuthorities"]
  run(
    tool: ToolName,
    args: ReadonlyArray<string>,
    options: { readonly debug: boolean }
  ): Effect.Effect<ToolResult, BackendError>
  hasExpired(result: ToolResult): Effect.Effect<boolean>
  readonly doubt: string | undefined
  refused(failed: Report, result: ToolResult): AuthenticationFailed
}

/**
 * Explains the failures of tools that ask one CE.
 *
 * **Details**
 *
 * The words of a refused credential are asked about again, with `-debug`: a tool says the same of a network that stalls in the
 * middle of authentication and of a host certificate that it does not trust.
 */
export const make = ({ certificateAuthorities, doubt, endpoint, hasExpired, refused, run }: Options) => {
  const { address, schedd } = endpoint
  const unavailable = (detail: string, failed: Report) =>
    new CEUnavailable({ endpoint: address, detail, report: failed })
  const toolFailed = (detail: string, failed: Report, result: ToolResult) =>
    new BackendFailed({ endpoint: address, detail, retry: ToolFailure.retry(result), report: failed })

  // What the words of a failure say by themselves.
  const said = (kind: ToolFailure.Kind, failed: Report, result: ToolResult): BackendError | undefined => {
    switch (kind) {
      case "Denied":
        return new AuthorizationDenied({ endpoint: address, report: failed })
      case "HostNotTrusted":
        return new HostNotTrusted({ endpoint: address, detail: "the tool does not accept it", report: failed })
      case "Unreachable":
        return unavailable("does not answer", failed)
      case "Local":
        return toolFailed("HTCondor's tools on this host, or their configuration, cannot do it", failed, result)
      case "Rejected":
        return toolFailed("the site's policy refuses it", failed, result)
      default:
        return undefined
    }
  }

  // The answer to a question that was asked with -debug.
  const told = Effect.fnUntraced(function*(tool: ToolName, result: ToolResult): Effect.fn.Return<BackendError> {
    const failed = report(tool, result)
    if (yield* hasExpired(result)) return refused(failed, result)
    const trace = Trace.read(result)
    const kind = ToolFailure.classify(Trace.withoutDebug(result))
    const certificate = certificateError(endpoint, certificateAuthorities, trace.certificate, failed)
    if (kind !== "Authentication") {
      return said(kind, failed, result) ?? certificate ?? unavailable("does not answer", failed)
    }
    return certificate ??
      (isBroken(trace)
        ? unavailable(`breaks off the conversation${doubt === undefined ? "" : `: ${doubt}`}`, failed)
        : refused(failed, result))
  })

  // The same look-up that the failed tool made first, but this tool says what went wrong with it.
  const probe = Effect.fnUntraced(function*(
    tool: ToolName,
    failed: Report,
    kind: ToolFailure.Kind,
    result: ToolResult
  ): Effect.fn.Return<BackendError, BackendError> {
    const looked = yield* run("condor_status", ["-debug", "-pool", address, "-schedd", "-af", "Name"], { debug: true })
    if (looked.exitCode !== 0) return yield* told("condor_status", looked)
    const names = ToolOutput.scheddNames(looked.stdout)
    if (!names.some((name) => HostName.same(name, schedd))) {
      const known = names.length === 0 ? "none" : names.join(", ")
      return unavailable(`has no schedd ${schedd} (it has: ${known})`, failed)
    }
    if (kind === "Authentication") {
      const level = tool === "condor_q" || tool === "condor_history" ? "READ" : "WRITE"
      const args = ["-debug", "-pool", address, "-name", schedd, "-type", "schedd", "-verbose", level]
      const entered = yield* run("condor_ping", args, { debug: true })
      return entered.exitCode === 0
        ? unavailable("has broken off a conversation, and accepts the credential now", failed)
        : yield* told("condor_ping", entered)
    }
    // The collector still lists a schedd that has just gone.
    return kind === "Other"
      ? toolFailed("the tool failed although the schedd is there", failed, result)
      : unavailable(`has a schedd ${schedd} that does not answer`, failed)
  })

  return Effect.fnUntraced(function*(tool: ToolName, result: ToolResult): Effect.fn.Return<BackendError> {
    const failed = report(tool, result)
    if (yield* hasExpired(result)) return refused(failed, result)
    const kind = ToolFailure.classify(result)
    const known = said(kind, failed, result)
    if (known !== undefined) return known
    const isSilent = failed.output === ""
    return kind === "NoHistory" || (kind === "Other" && !isSilent)
      ? toolFailed("the tool failed", failed, result)
      : yield* Effect.catch(probe(tool, failed, kind, result), Effect.succeed)
  })
}
