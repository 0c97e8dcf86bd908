/**
 * Looks up the addresses of a host.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Returns all addresses of a host, in the order of this host's resolver. Empty if the resolver has no answer.
 *
 * **Details**
 *
 * A reference with a default, so that no layer has to provide it. The default uses Node's `lookup`, which Bun and Deno have, too.
 */
export const Addresses = Context.Reference<(host: string) => Effect.Effect<ReadonlyArray<string>>>(
  "effect-htcondor-ce/ce/diagnosis/Addresses",
  {
    defaultValue: () => (host) =>
      Effect.tryPromise(async () => {
        const { lookup } = await import("node:dns/promises")
        return (await lookup(host, { all: true })).map(({ address }) => address)
      }).pipe(Effect.orElseSucceed(() => []))
  }
)
