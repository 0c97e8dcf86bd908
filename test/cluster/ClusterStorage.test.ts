import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { inspect } from "node:util"
import { ClusterStorage } from "../../src/cluster/index.ts"

it.effect("layerPostgres: an error shows nothing of a URL that cannot be read", () =>
  Effect.gen(function*() {
    const url = Redacted.make("postgres://user:swordfish@db.example.org:54321234/wms")
    const error = yield* Effect.flip(Layer.build(ClusterStorage.layerPostgres(url)))
    assert.strictEqual(error.reason._tag, "ConnectionError")
    assert.notInclude(inspect(error, { depth: 20 }), "swordfish")
  }).pipe(Effect.scoped))
