/**
 * How a call of a tool reaches a schedd: by its address, its name and a token. Otherwise the tools print why it does not.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { ToolCall, ToolResult } from "../../condor/tools/CondorTool.ts"
import * as ActArguments from "./ActArguments.ts"
import * as Edits from "./Edits.ts"
import type { Version } from "./Job.ts"
import * as PingCall from "./PingCall.ts"
import * as Token from "./Token.ts"
import { answer } from "./Tool.ts"
import * as ToolMessages from "./ToolMessages.ts"

/** The user in a denial, if the token is not known. */
export const defaultUser = "pilot@users.htcondor.org"

/** The user of a call without authentication. */
export const nobody = "unauthenticated@unmapped"

const option = (call: ToolCall, least: number, name: string): string | undefined => {
  const index = call.args.findIndex((argument) =>
    argument.length > least && argument.startsWith("-") && name.startsWith(argument.slice(1))
  )
  return index < 0 ? undefined : call.args[index + 1]
}

/** The value of `-pool`. */
export const poolOf = (call: ToolCall): string | undefined => option(call, 1, "pool")

/** The name of the schedd: the value of `-name`, or of `-remote`. */
export const scheddOf = (call: ToolCall): string | undefined =>
  call.tool === "condor_submit"
    ? option(call, 1, "remote") ?? option(call, 1, "name")
    : option(call, 1, "name")

const failed = (stderr: string, stdout = ""): ToolResult => answer({ exitCode: 1, stdout, stderr })

const notLocated = (call: ToolCall): ToolResult => failed(`ERROR: couldn't locate ${scheddOf(call) ?? ""}!\n`)

const noAddress = (call: ToolCall, version: Version): ToolResult =>
  failed(
    `Can't find address for ${
      version === "lts" ? "this schedd" : `schedd '${scheddOf(call) ?? ""}' in ${poolOf(call) ?? ""}`
    }\nPerhaps you need to query another pool.\n`
  )

/** `condor_history` prints the beginning of the list before it connects. */
const historyBegins = (call: ToolCall): string => call.args.some((argument) => argument.startsWith("-js")) ? "[\n" : ""

const noSchedd = (call: ToolCall): ToolResult => {
  const [pool, schedd] = [poolOf(call) ?? "", scheddOf(call) ?? ""]
  switch (call.tool) {
    case "condor_history":
      return failed(`Unable to locate remote schedd (name=${schedd}, pool=${pool}).\n`, historyBegins(call))
    case "condor_qedit":
      return failed(`condor_qedit: No such schedd named ${schedd} in ${pool} pool\n`)
    default:
      return failed(`\nERROR: Can't find address of schedd ${schedd}\n`)
  }
}

/** The answer of each tool if it gets no answer from the collector. Some tools print `why`. */
const closed = (call: ToolCall, version: Version, why: ReadonlyArray<string>): ToolResult => {
  const pool = poolOf(call) ?? ""
  const endpoint = ToolMessages.endpointOf(pool)
  switch (call.tool) {
    case "condor_q":
      return failed(ToolMessages.noCollector(pool))
    case "condor_rm":
    case "condor_release":
    case "condor_transfer_data":
      return failed(`${call.tool}: ${version === "lts" ? "(null)" : why.join("|")}\n`)
    case "condor_status": {
      const name = ToolMessages.isAddress(endpoint.host) ? "<unknown_host>" : endpoint.host
      return failed(
        `Error: communication error\n${why.map((line) => `${line}\n`).join("")}${
          ToolMessages.noCollector(`${name} (${ToolMessages.collectorAddress(endpoint)})`)
        }`
      )
    }
    case "condor_ping":
      return PingCall.asksCollector(call)
        ? answer({ exitCode: 1, stdout: PingCall.failed(call, why) })
        : notLocated(call)
    case "condor_config_val":
      return noAddress(call, version)
    default:
      return noSchedd(call)
  }
}

/** The answer of a tool if nobody listens at the address. */
export const unreachable = (call: ToolCall, version: Version): ToolResult =>
  PingCall.asksCollector(call)
    ? failed(
      `ERROR: failed to make connection to ${
        ToolMessages.collectorAddress(ToolMessages.endpointOf(poolOf(call) ?? ""))
      }\n`
    )
    : closed(call, version, [
      `CEDAR:6001:Failed to connect to ${ToolMessages.collectorAddress(ToolMessages.endpointOf(poolOf(call) ?? ""))}`
    ])

/** The answer of a tool if the token is refused. */
export const refused = (call: ToolCall, version: Version): ToolResult =>
  closed(call, version, [
    "AUTHENTICATE:1003:Failed to authenticate with any method",
    "AUTHENTICATE:1004:Failed to authenticate using IDTOKENS"
  ])

const unknownHost = (call: ToolCall, version: Version, host: string): ToolResult => {
  switch (call.tool) {
    case "condor_q":
    case "condor_status":
      return failed(ToolMessages.unknownPool(host), "\n")
    case "condor_rm":
    case "condor_release":
      return failed(`${call.tool}: unknown host ${host}\n`)
    case "condor_ping":
      return failed(`ERROR: unknown host ${host}\n`)
    case "condor_config_val":
      return noAddress(call, version)
    case "condor_transfer_data":
      return failed(
        `condor_transfer_data: ${
          version === "lts" ? "(null)" : "CONDOR_STATUS:1:Unable to resolve COLLECTOR_HOST ((null))."
        }\n`
      )
    default:
      return noSchedd(call)
  }
}

const unknownSchedd = (call: ToolCall, schedd: string, version: Version): ToolResult => {
  // A name without `@` is a host name, which has no address here.
  const isHost = !schedd.includes("@")
  switch (call.tool) {
    case "condor_q":
      return isHost
        ? failed(ToolMessages.unknownScheddHost(schedd), "\n")
        : failed("Error: Collector has no record of schedd/submitter\n")
    case "condor_rm":
    case "condor_release":
    case "condor_transfer_data":
      return failed(`${call.tool}: ${isHost ? "unknown host" : "Can't find address for schedd"} ${schedd}\n`)
    case "condor_submit":
      return isHost ? failed(`condor_submit: unknown host ${schedd}\n`) : noSchedd(call)
    case "condor_ping":
      return notLocated(call)
    case "condor_config_val":
      return noAddress(call, version)
    default:
      return noSchedd(call)
  }
}

/** The answer of each tool if the connection to the schedd fails with this message. */
const notHeard = (call: ToolCall, version: Version, words: string): ToolResult => {
  const endpoint = ToolMessages.endpointOf(poolOf(call) ?? "")
  const schedd = ToolMessages.scheddAddress(endpoint)
  switch (call.tool) {
    case "condor_q":
      return failed(ToolMessages.notFetched(endpoint, version, words))
    case "condor_history":
      return failed(
        "Unable to send history command to remote schedd;\nTypically, either the schedd is not responding, does not " +
          "authorize you, or does not support remote history.\n",
        historyBegins(call)
      )
    case "condor_submit":
      return failed(`\nERROR: Failed to connect to queue manager ${scheddOf(call) ?? ""}\n${words}\n`)
    case "condor_qedit":
      return failed(`Failed to connect to queue manager ${schedd}\n`)
    case "condor_transfer_data":
      return failed(`\n${words}\nERROR: Failed to spool job files.\n`, "Fetching data files...\n")
    case "condor_status":
      return closed(call, version, [words])
    case "condor_rm":
    case "condor_release":
      return failed(actsBroken(call.tool, call, version, words))
    case "condor_ping":
      return answer({ exitCode: 1, stdout: PingCall.failed(call, [words]) })
    case "condor_config_val":
      return failed(settingsNotHeard(call, schedd, words.startsWith("SECMAN:2007")))
  }
}

// condor_config_val connects once for each name. The first connection fails in another way, unless the schedd hangs.
const settingsNotHeard = (call: ToolCall, schedd: string, hangs: boolean): string =>
  call.args.filter((word) => /^[A-Z_]+$/.test(word)).map((name, index) =>
    `${
      index === 0 && !hangs
        ? "Can't send end of message"
        : `Can't receive reply from schedd on ${scheddOf(call) ?? ""} ${schedd}`
    }\nNot defined: ${name}\n`
  ).join("")

const actsBroken = (tool: ActArguments.ActTool, call: ToolCall, version: Version, words: string): string => {
  const plan = ActArguments.read(tool, call.args, version)
  return ActArguments.broken(tool, Result.isSuccess(plan) ? plan.success.acts : [], words)
}

/** The answer of a tool if the schedd denies the operation to this user. */
export const denied = (call: ToolCall, version: Version, user = defaultUser): ToolResult =>
  notHeard(call, version, ToolMessages.denied(user))

const connectionClosed =
  "SECMAN:2011:Connection closed during command authorization. Probably due to an unknown command."

/**
 * The answer of a tool if the schedd closes the connection before it answers. `condor_transfer_data` ends as if there were
 * nothing to transfer.
 */
export const restarted = (call: ToolCall, version: Version): ToolResult => {
  switch (call.tool) {
    case "condor_q":
      return failed(ToolMessages.notFetched(ToolMessages.endpointOf(poolOf(call) ?? ""), version, ""))
    case "condor_history":
      return failed("Failed to receive remote ad.\n", historyBegins(call))
    case "condor_rm":
    case "condor_release":
      return failed(
        actsBroken(
          call.tool,
          call,
          version,
          "DCSchedd::actOnJobs:6003:Can't send classad, probably an authorization failure"
        )
      )
    case "condor_qedit":
      return failed(Result.match(Edits.read(call.args), { onFailure: (words) => words, onSuccess: Edits.failure }))
    case "condor_transfer_data":
      return answer({ stdout: "Fetching data files...\n" })
    case "condor_submit":
      return failed("\nERROR: \n")
    case "condor_status":
      return closed(call, version, [connectionClosed])
    case "condor_ping":
    case "condor_config_val":
      return notHeard(call, version, connectionClosed)
  }
}

/** The answer of a tool that gives up because the schedd does not answer. */
export const hung = (call: ToolCall, version: Version): ToolResult =>
  notHeard(
    call,
    version,
    version === "lts"
      ? "SECMAN:2007:Read failure during security negotiation."
      : "SECMAN:2007:This service is running, but did not respond in a reasonable time. It may be overloaded. Please " +
        "try again in a few minutes.  If the problem persists, contact your administrator."
  )

/** The answer of a tool to a call with an address other than these endpoints. */
export const astray = (call: ToolCall, endpoints: ReadonlyArray<string>, version: Version): ToolResult => {
  const pool = poolOf(call)
  if (pool === undefined) return failed(ToolMessages.notPlayed(call.tool, "a call without -pool"))
  const { host } = ToolMessages.endpointOf(pool)
  const hosts = endpoints.map((endpoint) => ToolMessages.endpointOf(endpoint).host.toLowerCase())
  return ToolMessages.isAddress(host) || hosts.includes(host.toLowerCase())
    ? unreachable(call, version)
    : unknownHost(call, version, host)
}

/** The user of a call that reaches the schedd, or the answer of the tool if the call does not reach it. */
export const enter = Effect.fnUntraced(function*(
  call: ToolCall,
  site: Token.Site
): Effect.fn.Return<Result.Result<Token.Visitor, ToolResult>, never, FileSystem.FileSystem | Path.Path> {
  const [asked, own] = [ToolMessages.endpointOf(poolOf(call) ?? ""), ToolMessages.endpointOf(site.endpoint)]
  if (asked.host.toLowerCase() !== own.host.toLowerCase() || asked.port !== own.port) {
    return Result.fail(astray(call, [site.endpoint], site.version))
  }
  const directory = call.environment["_CONDOR_SEC_TOKEN_DIRECTORY"]
  const visitor = call.environment["_CONDOR_SEC_CLIENT_AUTHENTICATION"] === "NEVER"
    ? { user: nobody, mayWrite: false }
    : directory === undefined
    ? undefined
    : yield* Token.visitor(Redacted.isRedacted(directory) ? Redacted.value(directory) : directory, site)
  if (visitor === undefined) return Result.fail(refused(call, site.version))
  const schedd = scheddOf(call)
  if (call.tool === "condor_status" || PingCall.asksCollector(call)) return Result.succeed(visitor)
  if (schedd === undefined) return Result.fail(failed(ToolMessages.notPlayed(call.tool, "a call that names no schedd")))
  return schedd.toLowerCase() === site.schedd.toLowerCase()
    ? Result.succeed(visitor)
    : Result.fail(unknownSchedd(call, schedd, site.version))
})
