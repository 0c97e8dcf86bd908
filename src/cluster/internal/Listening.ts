/**
 * The address at which a runner listens. Any process that can reach it can do all that the cluster can.
 */
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Addresses } from "../../ce/internal/diagnosis/Addresses.ts"

/**
 * A runner refused to listen at an address that is neither loopback nor private, because its traffic has neither encryption nor
 * authentication. Give it `tls`, a private address, or `exposed: true`.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListeningRefused extends Schema.TaggedError<ListeningRefused>("effect-htcondor-ce/ListeningRefused")(
  "ListeningRefused",
  {
    /** The host name or address of the options. */
    host: Schema.String.annotate({ description: "The host name or address of the options." }),
    /** The addresses of that host. Empty if the name has none. */
    addresses: Schema.Array(Schema.String).annotate({
      description: "The addresses of that host. Empty if the name has none."
    })
  }
) {
  override get message(): string {
    return this.addresses.length === 0
      ? `the runner cannot listen: the name ${this.host} has no address`
      : `the runner would listen at ${this.host} (${
        this.addresses.join(", ")
      }), which is neither loopback nor private: give it ` +
        `"tls", or an address of a private network, or say "exposed: true"`
  }
}

const isLocal = (address: NetAddress.IpAddress): boolean => {
  if (NetAddress.isLoopback(address) || NetAddress.isLinkLocal(address)) return true
  if (NetAddress.isIpv4Address(address)) return NetAddress.isPrivate(address)
  return NetAddress.isUniqueLocal(address) || Option.exists(NetAddress.fromIpv4Mapped(address), isLocal)
}

/** Whether only this machine or a private network reaches an address. False for a text that is not an address. */
export const isPrivate = (address: string): boolean =>
  // A link-local address of IPv6 may name its interface.
  Result.match(NetAddress.ipFromString(address.replace(/%.*$/, "")), { onFailure: () => false, onSuccess: isLocal })

/**
 * The first address of a host, if all its addresses are private.
 */
export const privateAddress = Effect.fnUntraced(function*(host: string) {
  const addresses = yield* (yield* Addresses)(host)
  const [first] = addresses
  return first !== undefined && addresses.every(isPrivate) ? first : yield* new ListeningRefused({ host, addresses })
})
