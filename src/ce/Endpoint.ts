/**
 * The address of an HTCondor-CE: its collector, and the name of its schedd.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as HostName from "../contract/HostName.ts"

/**
 * The address of a CE cannot be used. It is never retried: correct the configuration.
 *
 * @category errors
 * @since 0.1.0
 */
export class InvalidEndpoint
  extends Schema.TaggedError<InvalidEndpoint>("effect-htcondor-ce/InvalidEndpoint")("InvalidEndpoint", {
    /** The text that was given as the endpoint. */
    endpoint: Schema.String,
    /** Why it is not one, for example `expected <host> or <host>:<port>`. */
    detail: Schema.String
  })
{
  readonly retry = "Never"
  override get message(): string {
    return `${JSON.stringify(this.endpoint)} is no endpoint: ${this.detail}`
  }
}

/**
 * The address of a CE. Both names are in lower case, without a dot at the end.
 *
 * @category models
 * @since 0.1.0
 */
export interface Endpoint {
  /** The collector, `<host>:<port>`, for `-pool` of the tools. It is also the default audience of tokens. */
  readonly address: string
  /** The name of the schedd, for `-name` of the tools. */
  readonly schedd: string
}

/**
 * The default port of the collector of an HTCondor pool.
 *
 * @category constants
 * @since 0.1.0
 */
export const poolPort = 9618

/**
 * The default port of an HTCondor-CE.
 *
 * @category constants
 * @since 0.1.0
 */
export const defaultPort = 9619

// A host name, an IPv4 address, or an IPv6 address in brackets; then optionally a port.
const pattern = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/

/**
 * Reads `host`, `host:port`, `[IPv6]` or `[IPv6]:port`. Default port: 9619. Default schedd: the host.
 *
 * **Gotchas**
 *
 * No schedd has an IP address as its name. For such an endpoint, pass the name of the schedd. Otherwise the first query fails,
 * and its message lists the schedds of the collector.
 *
 * **Example** (Reading an address)
 *
 * ```ts
 * import { Result } from "effect"
 * import { Endpoint } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * assert.deepStrictEqual(
 *   Endpoint.make("CE.example.org"),
 *   Result.succeed({ address: "ce.example.org:9619", schedd: "ce.example.org" })
 * )
 * assert.deepStrictEqual(
 *   Endpoint.make("[2001:db8::1]:9620", "ce.example.org"),
 *   Result.succeed({ address: "[2001:db8::1]:9620", schedd: "ce.example.org" })
 * )
 * assert.ok(Result.isFailure(Endpoint.make("https://ce.example.org")))
 * ```
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
 * Why an address may not be that of a CE: it has the port of a pool. Undefined if nothing speaks against it. Use it to explain a
 * refused connection.
 *
 * @category getters
 * @since 0.1.0
 */
export const doubt = ({ address }: Endpoint): string | undefined =>
  address.endsWith(`:${poolPort}`)
    ? `${poolPort} is the port of a pool, and that of an HTCondor-CE is ${defaultPort}`
    : undefined
