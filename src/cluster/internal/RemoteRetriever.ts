/**
 * Fetching by way of the cluster.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { FetchOptions, OutputRetriever, RepeatableOutputRetriever } from "../../contract/Capability.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import type { Remote } from "./Remote.ts"
import * as RemoteDeposit from "./RemoteDeposit.ts"
import * as Tuning from "./tuning.ts"

/** Output that is given once. */
export const once = ({ ask, bulk, client, follow, path }: Remote): OutputRetriever["Service"] => {
  const deposited = (
    handles: ReadonlyArray<JobHandle>,
    destination: string,
    deposit: NonNullable<FetchOptions["deposit"]>
  ) =>
    ask(RemoteDeposit.collect(
      follow(client.fetchDeposited({ handles, destination })),
      deposit,
      (ticket, failure) => client.deposited({ ticket, failure })
    ))
  return {
    destructive: true,
    fetch: (handles, to, { deposit } = {}) => {
      const destination = path.resolve(to)
      return deposit === undefined
        ? bulk((some) => client.fetch({ handles: some, destination }), Tuning.outputsPerMessage)(handles)
        : deposited(handles, destination, deposit)
    },
    fetchOne: (handle, to, { deposit } = {}) => {
      const destination = path.resolve(to)
      return deposit === undefined
        ? ask(client.fetchOne({ handle, destination }))
        : Effect.flatMap(deposited([handle], destination, deposit), (outcomes) =>
          Option.match(outcomes.get(handle), {
            onNone: () => Effect.die(new Error(`no outcome of ${handle.job}`)),
            onSome: Effect.fromResult
          }))
    },
    fetchHeld: (handle, to) => ask(client.fetchHeld({ handle, destination: path.resolve(to) }))
  }
}

/** Output that is kept until it is purged. */
export const repeatable = ({ ask, bulk, client, path }: Remote): RepeatableOutputRetriever["Service"] => ({
  destructive: false,
  fetch: (handles, to) => {
    const destination = path.resolve(to)
    return bulk((some) => client.fetchRepeatable({ handles: some, destination }), Tuning.outputsPerMessage)(handles)
  },
  fetchOne: (handle, to) => ask(client.fetchOneRepeatable({ handle, destination: path.resolve(to) })),
  fetchHeld: (handle, to) => ask(client.fetchHeld({ handle, destination: path.resolve(to) }))
})
