/**
 * Fetching by way of the cluster.
 */
import type { OutputRetriever, RepeatableOutputRetriever } from "../../contract/Capability.ts"
import type { Remote } from "./Remote.ts"
import * as Tuning from "./tuning.ts"

/** Output that is given once. */
export const once = ({ ask, bulk, client, path }: Remote): OutputRetriever["Service"] => ({
  destructive: true,
  fetch: (handles, to) => {
    const destination = path.resolve(to)
    return bulk((some) => client.fetch({ handles: some, destination }), Tuning.outputsPerMessage)(handles)
  },
  fetchOne: (handle, to) => ask(client.fetchOne({ handle, destination: path.resolve(to) })),
  fetchHeld: (handle, to) => ask(client.fetchHeld({ handle, destination: path.resolve(to) }))
})

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
