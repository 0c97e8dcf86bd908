/**
 * The messages of HTCondor's tools about failed file transfers.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "effect/PlatformError"
import type { ToolCall } from "../../condor/tools/CondorTool.ts"
import * as AccessControl from "./AccessControl.ts"
import { idOf, type Version } from "./Job.ts"
import * as ToolMessages from "./ToolMessages.ts"

/** The client: its host, and its port, which differs each time with HTCondor. */
const client = { host: "127.0.0.1", port: 40_417 }

const clientAddress = `<${client.host}:${client.port}>`

/** The number and the text of a C error. */
export interface Errno {
  readonly number: number
  readonly text: string
}

export const noSuchFile: Errno = { number: 2, text: "No such file or directory" }

export const noSpace: Errno = { number: 28, text: "No space left on device" }

const byCode: Readonly<Record<string, Errno>> = {
  ENOENT: noSuchFile,
  EACCES: { number: 13, text: "Permission denied" },
  EPERM: { number: 1, text: "Operation not permitted" },
  ENOTDIR: { number: 20, text: "Not a directory" },
  EISDIR: { number: 21, text: "Is a directory" },
  ENOSPC: noSpace,
  EDQUOT: { number: 122, text: "Disk quota exceeded" },
  EFBIG: { number: 27, text: "File too large" },
  EROFS: { number: 30, text: "Read-only file system" },
  ELOOP: { number: 40, text: "Too many levels of symbolic links" },
  ENAMETOOLONG: { number: 36, text: "File name too long" },
  EMFILE: { number: 24, text: "Too many open files" }
}

/** The C error of a platform error. */
export const errnoOf = ({ reason }: PlatformError.PlatformError): Errno => {
  const code = /\b(E[A-Z]{3,})\b/.exec(`${String(reason.cause)} ${reason.message}`)?.[1]
  const known = code === undefined ? undefined : byCode[code]
  if (known !== undefined) return known
  if (reason._tag === "NotFound") return noSuchFile
  return reason._tag === "PermissionDenied"
    ? { number: 13, text: "Permission denied" }
    : { number: 5, text: "Input/output error" }
}

/** A file that could not be read or written. */
export interface Failure {
  readonly doing: "reading from" | "writing to"
  readonly path: string
  readonly errno: Errno
}

/** The text about the first failure. A 25.x sender also prints their count. */
const told = ([first]: ReadonlyArray<Failure>, count: number | undefined): string =>
  first === undefined
    ? ""
    : `|Error: ${
      count === undefined ? "" : `${count} total failures: first failure: `
    }${first.doing} file ${first.path}: (errno ${first.errno.number}) ${first.errno.text}`

/** The texts for one direction of a transfer. */
interface Direction {
  readonly call: string
  readonly code: number
  readonly tool: string
}

const directions = {
  condor_submit: { call: "DCSchedd::spoolJobFiles", code: 7002, tool: "SUBMIT" },
  condor_transfer_data: { call: "DCSchedd::receiveJobSandbox", code: 7003, tool: "TOOL" }
} as const satisfies Record<string, Direction>

type Who = { readonly cluster: number; readonly proc: number }

const failed = ({ call, code }: Direction, job: Who, words: string): string =>
  `\n${call}:${code}:File transfer failed for target job ${idOf(job)}: ${words}\nERROR: Failed to spool job files.\n`

const scheddOf = (call: ToolCall): { readonly host: string; readonly address: string } => {
  const pool = AccessControl.poolOf(call) ?? ""
  return { host: ToolMessages.endpointOf(pool).host, address: `<${pool}>` }
}

/** `condor_submit` cannot read input. */
export const inputFailed = (
  call: ToolCall,
  version: Version,
  job: Who,
  failures: ReadonlyArray<Failure>
): string => {
  const { address } = scheddOf(call)
  const error = told(failures, version === "latest" ? failures.length : undefined)
  return failed(
    directions.condor_submit,
    job,
    `SUBMIT at ${client.host} failed to send file(s) to ${address}: ${error}; SCHEDD failed to receive file(s) from ${clientAddress}`
  )
}

/** The schedd cannot write input. */
export const inputRefused = (call: ToolCall, job: Who, failures: ReadonlyArray<Failure>): string =>
  failed(directions.condor_submit, job, `SCHEDD at ${scheddOf(call).host} - ${told(failures, undefined)}`)

/** The schedd refuses all input because of names with `..`. */
export const inputEscapes = (call: ToolCall, job: Who, paths: ReadonlyArray<string>): string =>
  failed(
    directions.condor_submit,
    job,
    `SUBMIT at ${client.host} failed to send file(s) to ${scheddOf(call).address}; ${
      paths.map((path) => ` Attempt to write to illegal sandbox path: ${path}`).join("")
    }`
  )

/** The schedd cannot send output, because it is not in the spool. */
export const outputMissing = (
  call: ToolCall,
  version: Version,
  job: Who,
  failures: ReadonlyArray<Failure>
): string => {
  const { address, host } = scheddOf(call)
  const error = told(failures, version === "latest" ? failures.length : undefined)
  return failed(
    directions.condor_transfer_data,
    job,
    `SCHEDD at ${host} failed to send file(s) to ${clientAddress}: ${error}; TOOL failed to receive file(s) from ${address}`
  )
}

/** `condor_transfer_data` cannot write output. */
export const outputRefused = (job: Who, failures: ReadonlyArray<Failure>): string =>
  failed(directions.condor_transfer_data, job, `TOOL at ${client.host} - ${told(failures, undefined)}`)

/** `condor_transfer_data` fails for another reason. */
export const outputTransfer = (job: Who, words: string): string => failed(directions.condor_transfer_data, job, words)

/** The ad has no directory for the output. */
export const outputUninitialised = (job: Who): string =>
  `\nDCSchedd::receiveJobSandbox:7001:File transfer initialization failed for target job ${idOf(job)}\n` +
  "ERROR: Failed to spool job files.\n"

/** The connection breaks. */
export const broken = (call: ToolCall, job: Who): string => {
  const { address } = scheddOf(call)
  return call.tool === "condor_submit"
    ? failed(directions.condor_submit, job, `SUBMIT at ${client.host} failed to send file(s) to ${address}`)
    : failed(directions.condor_transfer_data, job, `TOOL at ${client.host} failed to receive file(s) from ${address}`)
}
