/**
 * Explains the failure of a tool, and whose fault it is. If the message of the tool is ambiguous, it queries the CE.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Report } from "../../contract/BackendError.ts"
import * as HostName from "../../contract/HostName.ts"
import { because, type Options, type Reason, ScheddError, type Shown } from "../Schedd.ts"
import type { ToolName, ToolResult } from "./CondorTool.ts"
import * as ToolFailure from "./ToolFailure.ts"
import * as ToolOutput from "./ToolOutput.ts"
import * as Trace from "./Trace.ts"

/**
 * A run of a tool: its result, and the token that it sent.
 *
 * @category models
 * @since 0.1.0
 */
export interface Ran {
  readonly tool: ToolName
  readonly result: ToolResult
  readonly shown: Shown
}

/**
 * Makes the report of a failed tool, for an error.
 *
 * @category converting
 * @since 0.1.0
 */
export const report = (tool: ToolName, result: ToolResult): Report => ({
  tool,
  exitCode: result.exitCode,
  output: ToolFailure.words(Trace.withoutDebug(result))
})

/**
 * Makes the error for an unreadable answer. It shows the beginning of the answer, because a wrapper around a tool may have printed
 * it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const garbled = (tool: ToolName, detail: string, stdout: string): ScheddError => {
  const output = ToolOutput.beginning(stdout)
  return because({
    _tag: "Garbled",
    detail,
    // An answer with a valid beginning was cut short.
    retry: /^\s*(?:\[|$)/.test(output) ? "Later" : "AfterRepair",
    report: { tool, exitCode: 0, output }
  })
}

/**
 * Whether the token that the tool sent has expired by now.
 *
 * @category predicates
 * @since 0.1.0
 */
export const hasExpired = ({ expiresAt }: Shown): Effect.Effect<boolean> =>
  Effect.map(Clock.currentTimeMillis, (now) => expiresAt !== undefined && expiresAt <= now)

// HTCondor's tools send a credential only to a trusted host. For other hosts they report that the authentication failed.
const certificateError = (
  { directory, file }: Options["certificateAuthorities"],
  certificate: Trace.Certificate | undefined,
  failed: Report
): Reason | undefined => {
  const untrusted = (detail: string): Reason => ({ _tag: "HostNotTrusted", detail, report: failed })
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
      return {
        _tag: "Local",
        path: file ?? directory ?? "certificate authorities",
        detail: `HTCondor's tools cannot read the CA certificates: ${certificate.detail}`
      }
    default:
      return undefined
  }
}

// If nothing answers its offer of methods, the tool reports a refusal.
const isBroken = ({ refusal, unanswered }: Trace.Trace): boolean =>
  unanswered && (refusal === undefined || refusal._tag === "NoMethod")

const unreachable = (detail: string, failed: Report): Reason => ({ _tag: "Unreachable", detail, report: failed })

const toolFailed = (detail: string, failed: Report, result: ToolResult): Reason => ({
  _tag: "Failed",
  detail,
  retry: ToolFailure.retry(result),
  report: failed
})

// The reason, if the message of the tool is enough to know it.
const said = (kind: ToolFailure.Kind, failed: Report, { result, shown }: Ran): Reason | undefined => {
  switch (kind) {
    case "Denied":
      return { _tag: "Denied", shown, report: failed }
    case "HostNotTrusted":
      return { _tag: "HostNotTrusted", detail: "the tool does not accept it", report: failed }
    case "Unreachable":
      return unreachable("does not answer", failed)
    case "NoHistory":
      return { _tag: "Closed", report: failed }
    case "Local":
      return toolFailed("HTCondor's tools on this host, or their configuration, cannot do it", failed, result)
    case "Rejected":
      return toolFailed("the site's policy refuses it", failed, result)
    default:
      return undefined
  }
}

/**
 * Makes a function that explains the failures of tools that query one CE. `run` runs a tool that prints its trace (`-debug`).
 *
 * **Details**
 *
 * If a tool reports a refused credential, the query is repeated with `-debug`. A tool prints the same message if the network
 * stalls during the authentication, and if it does not trust the host certificate.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <E>(
  { certificateAuthorities, doubt, name: { address, schedd } }: Pick<
    Options,
    "certificateAuthorities" | "doubt" | "name"
  >,
  run: (tool: ToolName, args: ReadonlyArray<string>) => Effect.Effect<Ran, ScheddError | E>
) => {
  // The reason, from a run with -debug.
  const traced = Effect.fnUntraced(function*(ran: Ran): Effect.fn.Return<Reason> {
    const { result, shown, tool } = ran
    const failed = report(tool, result)
    if (yield* hasExpired(shown)) return { _tag: "Refused", shown, report: failed }
    const trace = Trace.read(result)
    const kind = ToolFailure.classify(Trace.withoutDebug(result))
    const certificate = certificateError(certificateAuthorities, trace.certificate, failed)
    if (kind !== "Authentication") {
      return said(kind, failed, ran) ?? certificate ?? unreachable("does not answer", failed)
    }
    if (certificate !== undefined) return certificate
    return isBroken(trace)
      ? unreachable(`breaks off the conversation${doubt === undefined ? "" : `: ${doubt}`}`, failed)
      : { _tag: "Refused", shown, report: failed }
  })

  // Repeats the first step of the failed tool with a tool that reports what fails in it.
  const probe = Effect.fnUntraced(function*(
    { result, tool }: Ran,
    failed: Report,
    kind: ToolFailure.Kind
  ): Effect.fn.Return<Reason, ScheddError | E> {
    const looked = yield* run("condor_status", ["-debug", "-pool", address, "-schedd", "-af", "Name"])
    if (looked.result.exitCode !== 0) return yield* traced(looked)
    const known = ToolOutput.scheddNames(looked.result.stdout)
    if (!known.some((one) => HostName.same(one, schedd))) {
      return { _tag: "NoSuchSchedd", known, report: failed }
    }
    if (kind === "Authentication") {
      const level = tool === "condor_q" || tool === "condor_history" ? "READ" : "WRITE"
      const args = ["-debug", "-pool", address, "-name", schedd, "-type", "schedd", "-verbose", level]
      const entered = yield* run("condor_ping", args)
      return entered.result.exitCode === 0
        ? unreachable("has broken off a conversation, and accepts the credential now", failed)
        : yield* traced(entered)
    }
    // The collector still lists a schedd that has just stopped.
    return kind === "Other"
      ? toolFailed("the schedd is up, but the tool failed", failed, result)
      : unreachable(`has a schedd ${schedd} that does not answer`, failed)
  })

  return Effect.fnUntraced(function*(ran: Ran): Effect.fn.Return<ScheddError, E> {
    const { result, shown, tool } = ran
    const failed = report(tool, result)
    if (yield* hasExpired(shown)) return because({ _tag: "Refused", shown, report: failed })
    const kind = ToolFailure.classify(result)
    const known = said(kind, failed, ran)
    if (known !== undefined) return because(known)
    if (kind === "Other" && failed.output !== "") return because(toolFailed("the tool failed", failed, result))
    return yield* probe(ran, failed, kind).pipe(
      Effect.map(because),
      Effect.catchIf((error): error is ScheddError => error instanceof ScheddError, Effect.succeed)
    )
  })
}
