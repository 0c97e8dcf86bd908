/**
 * Fetches output through the cluster.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { HeldRetriever, OutputRetriever, RepeatableOutputRetriever } from "../../contract/Capability.ts"
import type { Remote } from "./Remote.ts"
import * as RemoteDeposit from "./RemoteDeposit.ts"
import * as Tuning from "./tuning.ts"

const held = ({ ask, client, path }: Remote): HeldRetriever => ({
  fetchHeld: (handle, to) => ask(client.fetchHeld({ handle, destination: path.resolve(to) }))
})

/** The retriever of a compute element that gives output once. */
export const once = (ce: Remote): OutputRetriever["Service"] => {
  const { ask, bulk, client, follow, path } = ce
  const fetch: OutputRetriever["Service"]["fetch"] = (handles, to, { deposit } = {}) => {
    const destination = path.resolve(to)
    return bulk((handles) =>
      deposit === undefined ? client.fetch({ handles, destination }) : RemoteDeposit.collect(
        follow(client.fetchDeposited({ handles, destination })),
        deposit,
        (ticket, failure) => client.deposited({ ticket, failure })
      ), Tuning.outputsPerMessage)(handles)
  }
  return {
    ...held(ce),
    destructive: true,
    fetch,
    fetchOne: (handle, to, options = {}) =>
      options.deposit === undefined
        ? ask(client.fetchOne({ handle, destination: path.resolve(to) }))
        : Effect.flatMap(fetch([handle], to, options), (outcomes) =>
          Option.match(outcomes.get(handle), {
            onNone: () => Effect.die(new Error(`no outcome of ${handle.job}`)),
            onSome: Effect.fromResult
          }))
  }
}

/** The retriever of a compute element that keeps output until it is purged. */
export const repeatable = (ce: Remote): RepeatableOutputRetriever["Service"] => {
  const { ask, bulk, client, path } = ce
  return {
    ...held(ce),
    destructive: false,
    fetch: (handles, to) => {
      const destination = path.resolve(to)
      return bulk((handles) => client.fetchRepeatable({ handles, destination }), Tuning.outputsPerMessage)(handles)
    },
    fetchOne: (handle, to) => ask(client.fetchOneRepeatable({ handle, destination: path.resolve(to) }))
  }
}
