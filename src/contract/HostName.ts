/**
 * One spelling for each name of a host or scheduler, and for each address.
 *
 * @since 0.1.0
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

// HTCondor's tools treat `::ffff:192.0.2.1` as an unreachable IPv6 address.
const addressOf = (text: string): string =>
  Result.match(NetAddress.ipv6FromString(text), {
    onFailure: () => `[${text}]`,
    onSuccess: (address) =>
      NetAddress.formatUrlHost(Option.getOrElse(NetAddress.fromIpv4Mapped(address), () => address))
  })

/**
 * The canonical form of `<host>`, `<host>:<port>`, `<name>@<host>` or `<name>@<host>:<port>`. It is in lower case, because
 * DNS and HTCondor ignore the case of names, and has no trailing dot, which only marks an absolute name in DNS.
 *
 * **Details**
 *
 * An IPv6 address in brackets is written as RFC 5952 says: `[2001:DB8:0::1]` becomes `[2001:db8::1]`. An IPv4-mapped
 * address becomes the IPv4 address: `[::ffff:192.0.2.1]` becomes `192.0.2.1`.
 *
 * @category converting
 * @since 0.1.0
 */
export const canonical = (name: string): string =>
  name.toLowerCase()
    .replace(/\.+(?=$|@|:\d+$)/g, "")
    .replace(/\[([\da-f:.]+)\]/g, (_, address: string) => addressOf(address))

/**
 * Whether two names have the same canonical form, and so name the same host or scheduler.
 *
 * @category predicates
 * @since 0.1.0
 */
export const same = (one: string, other: string): boolean => one === other || canonical(one) === canonical(other)
