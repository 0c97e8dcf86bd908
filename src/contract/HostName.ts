/**
 * The names of hosts and of schedulers, and addresses: one spelling for each.
 *
 * @since 0.1.0
 */
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"

// The tools take `::ffff:192.0.2.1` for an address of IPv6 that nobody can reach.
const addressOf = (text: string): string =>
  Result.match(NetAddress.ipv6FromString(text), {
    onFailure: () => `[${text}]`,
    onSuccess: (address) =>
      NetAddress.formatUrlHost(Option.getOrElse(NetAddress.fromIpv4Mapped(address), () => address))
  })

/**
 * The one spelling of `<host>`, `<host>:<port>`, `<name>@<host>` or `<name>@<host>:<port>`: in lower case, because names have no
 * case in DNS and in HTCondor, and without the dot that ends an absolute name in DNS.
 *
 * **Details**
 *
 * An IPv6 address, in brackets, is written as RFC 5952 says: `[2001:DB8:0::1]` is `[2001:db8::1]`. One that stands for an IPv4
 * address is that address: `[::ffff:192.0.2.1]` is `192.0.2.1`.
 *
 * @category converting
 * @since 0.1.0
 */
export const canonical = (name: string): string =>
  name.toLowerCase()
    .replace(/\.+(?=$|@|:\d+$)/g, "")
    .replace(/\[([\da-f:.]+)\]/g, (_, address: string) => addressOf(address))

/**
 * Whether two names are of the same host or scheduler.
 *
 * @category predicates
 * @since 0.1.0
 */
export const same = (one: string, other: string): boolean => one === other || canonical(one) === canonical(other)
