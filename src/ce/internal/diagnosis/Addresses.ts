/**
 * What addresses a host has.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

/**
 * Gives all addresses of a host, as this host's resolver orders them; none where it does not tell.
 *
 * **Details**
 *
 * A reference, so that it needs nobody to provide it. The default asks Node's `lookup`, which Bun and Deno have too.
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
