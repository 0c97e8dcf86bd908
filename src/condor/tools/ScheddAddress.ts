/**
 * The address of a schedd. A tool that knows it does not ask the collector, which saves half of its connections.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HostName from "../../contract/HostName.ts"
import type { ScheddName } from "../Schedd.ts"
import type { ToolName } from "./CondorTool.ts"

/**
 * The address of a schedd, with its version.
 *
 * @category models
 * @since 0.1.0
 */
export interface ScheddAddress {
  /** The address in HTCondor's form, `<...>`. */
  readonly address: string
  /** The attribute `CondorVersion`. */
  readonly version: string
  /** The attribute `CondorPlatform`. */
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
 * The arguments of `condor_status` for a query of a collector's schedds.
 *
 * @category constants
 * @since 0.1.0
 */
export const question = ["-schedd", "-json", "-attributes", "Name,MyAddress,CondorVersion,CondorPlatform"] as const

/**
 * Returns the address of a schedd from the collector's answer. `undefined` if there is no usable one.
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
 * Writes the file that `condor_q` and `condor_qedit` read instead of asking a collector. A schedd writes the same for its own host.
 *
 * @category converting
 * @since 0.1.0
 */
export const fileText = ({ address, platform, version }: ScheddAddress): string =>
  `${address}\n${version}\n${platform}\n`

/**
 * Returns the variables that name the file. As root the tools read only the second one.
 *
 * @category converting
 * @since 0.1.0
 */
export const environment = (file: string): Readonly<Record<string, string>> => ({
  _CONDOR_SCHEDD_ADDRESS_FILE: file,
  _CONDOR_SCHEDD_SUPER_ADDRESS_FILE: file
})

/**
 * Returns the arguments by which a tool finds the schedd: its name at the collector, or its address.
 *
 * **Gotchas**
 *
 * `condor_q -name` with an address ends in an assertion, and `condor_qedit` has no `-addr`. Both read the file if they get no pool.
 * (25.14.1, 23.9.6.) `condor_submit` uses the name. With an address, 23.9.6 does not know the version of the schedd, and refuses
 * arguments with blanks ("Cannot represent ... in V1 arguments syntax").
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
