/**
 * Where an HTCondor-CE is: its collector's address and the name of its schedd.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HostName from "../contract/HostName.ts"

/**
 * The address of a compute element cannot be used.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidEndpoint
  extends Schema.TaggedError<InvalidEndpoint>("effect-htcondor-ce/InvalidEndpoint")("InvalidEndpoint", {
    endpoint: Schema.String,
    detail: Schema.String
  })
{
  readonly retry = "Never"
  override get message(): string {
    return `${JSON.stringify(this.endpoint)} is no endpoint: ${this.detail}`
  }
}

/**
 * `address` is `<host>:<port>`, as the tools' `-pool` takes it and as it stands in a token's audience. It and the name of the
 * `schedd` are in lower case, and without a dot at the end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  readonly address: string
  readonly schedd: string
}

/**
 * The port of an HTCondor pool's collector.
 *
 * @category constants
 * @since 0.1.0
 */
export const poolPort = 9618

/**
 * The port of an HTCondor-CE.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultPort = 9619

// A host name, an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
const pattern = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/

/**
 * Reads `host`, `host:port`, `[IPv6]` or `[IPv6]:port`. The port is 9619 unless another default is given, the schedd is
 * named as the host unless given.
 *
 * **Gotchas**
 *
 * No schedd is called as an address is. Without the name of one, what is asked fails with the names that there are.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = (
  endpoint: string,
  schedd?: string,
  portUnlessGiven = defaultPort
): Result.Result<Endpoint, InvalidEndpoint> => {
  const invalid = (detail: string) => Result.fail(new InvalidEndpoint({ endpoint, detail }))
  if (endpoint.startsWith("<")) {
    return invalid("this is a daemon's own address (a \"sinful string\"); give <host>:<port> of the collector")
  }
  const match = pattern.exec(endpoint)
  if (match?.[1] === undefined) return invalid("expected <host> or <host>:<port>")
  const port = match[2] === undefined ? portUnlessGiven : Number(match[2])
  if (port < 1 || port > 65_535) return invalid("the port is not between 1 and 65535")
  const host = HostName.canonical(match[1])
  if (schedd === undefined) return Result.succeed({ address: `${host}:${port}`, schedd: host.replace(/^\[|\]$/g, "") })
  // The name becomes an argument of the tools, and must not be taken for an option.
  if (!/^[A-Za-z0-9][^\s,"'<>]*$/.test(schedd)) return invalid(`${JSON.stringify(schedd)} is no name of a schedd`)
  return Result.succeed({ address: `${host}:${port}`, schedd: HostName.canonical(schedd) })
}

/**
 * What may be wrong with an address that is to be a CE's, if it does not let anybody in.
 *
 * @category getters
 * @since 0.1.0
 */
export const doubt = ({ address }: Endpoint): string | undefined =>
  address.endsWith(`:${poolPort}`)
    ? `${poolPort} is the port of a pool, and that of an HTCondor-CE is ${defaultPort}`
    : undefined
