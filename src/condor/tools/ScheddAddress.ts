/**
 * Where a schedd listens. A tool that is told so does not ask the collector, which is half of its conversations.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HostName from "../../contract/HostName.ts"
import type { ScheddName } from "../Schedd.ts"
import type { ToolName } from "./CondorTool.ts"

/**
 * An address in HTCondor's own form (`<...>`), and the version and platform of who listens there.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddAddress {
  readonly address: string
  readonly version: string
  readonly platform: string
}

const Ads = Schema.fromJsonString(Schema.Array(Schema.Struct({
  Name: Schema.String,
  MyAddress: Schema.String.check(Schema.isPattern(/^<[^<>\s]+>$/)),
  CondorVersion: Schema.String.check(Schema.isPattern(/^\$CondorVersion: [^\r\n]+ \$$/)),
  CondorPlatform: Schema.String.check(Schema.isPattern(/^\$CondorPlatform: [^\r\n]+ \$$/))
})))

const decode = Schema.decodeUnknownResult(Ads)

/**
 * The arguments of `condor_status` that ask a collector for its schedds.
 *
 * @category constants
 * @since 0.1.0
 */
export const question = ["-schedd", "-json", "-attributes", "Name,MyAddress,CondorVersion,CondorPlatform"] as const

/**
 * The address of a schedd in the collector's answer; `undefined` if there is none that can be used.
 *
 * @category converting
 * @since 0.1.0
 */
export const read = (stdout: string, schedd: string): ScheddAddress | undefined => {
  const found = Result.getOrElse(decode(stdout), () => []).find(({ Name }) => HostName.same(Name, schedd))
  return found === undefined
    ? undefined
    : { address: found.MyAddress, version: found.CondorVersion, platform: found.CondorPlatform }
}

/**
 * The file that `condor_q` and `condor_qedit` read instead of asking a collector, as a schedd writes it for its own host.
 *
 * @category converting
 * @since 0.1.0
 */
export const fileText = ({ address, platform, version }: ScheddAddress): string =>
  `${address}\n${version}\n${platform}\n`

/**
 * The variables that name the file. As root the tools look in the second place, and nowhere else.
 *
 * @category converting
 * @since 0.1.0
 */
export const environment = (file: string): Readonly<Record<string, string>> => ({
  _CONDOR_SCHEDD_ADDRESS_FILE: file,
  _CONDOR_SCHEDD_SUPER_ADDRESS_FILE: file
})

/**
 * The arguments by which a tool finds the schedd: by its name at the collector, or at its address.
 *
 * **Gotchas**
 *
 * `condor_q -name` with an address ends in an assertion, and `condor_qedit` knows no `-addr`: both read the file, if they are
 * told of no pool. (25.14.1, 23.9.6.) `condor_submit` goes by the name: at an address that of 23.9.6 does not know the schedd's
 * version, and refuses arguments with blanks ("Cannot represent ... in V1 arguments syntax").
 *
 * @category converting
 * @since 0.1.0
 */
export const named = (
  tool: ToolName,
  { address, schedd }: ScheddName,
  known?: ScheddAddress
): ReadonlyArray<string> => {
  if (tool === "condor_submit") return ["-pool", address, "-remote", schedd]
  if (known === undefined) return ["-pool", address, "-name", schedd]
  switch (tool) {
    case "condor_q":
    case "condor_qedit":
      return []
    case "condor_history":
      return ["-name", known.address]
    default:
      return ["-addr", known.address]
  }
}
