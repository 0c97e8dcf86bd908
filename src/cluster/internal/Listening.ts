/**
 * Where a runner listens: what can reach it can do all that the cluster can.
 */
import * as Effect from "effect/Effect"
import * as NetAddress from "effect/net/NetAddress"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { Addresses } from "../../ce/internal/diagnosis/Addresses.ts"

/**
 * A runner does not listen where others than its own machine and its own network may reach it, because its traffic has neither
 * encryption nor authentication. With `addresses` empty, the name has no address.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListeningRefused extends Schema.TaggedError<ListeningRefused>("effect-htcondor-ce/ListeningRefused")(
  "ListeningRefused",
  { host: Schema.String, addresses: Schema.Array(Schema.String) }
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

/** Whether only this machine or a private network reaches an address. What is not an address is not known to be. */
export const isPrivate = (address: string): boolean =>
  // A link-local address of IPv6 may name its interface.
  Result.match(NetAddress.ipFromString(address.replace(/%.*$/, "")), { onFailure: () => false, onSuccess: isLocal })

/**
 * The address of a host at which a runner listens, if all that the host has are private.
 */
export const privateAddress = Effect.fnUntraced(function*(host: string) {
  const addresses = yield* (yield* Addresses)(host)
  const [first] = addresses
  return first !== undefined && addresses.every(isPrivate) ? first : yield* new ListeningRefused({ host, addresses })
})
