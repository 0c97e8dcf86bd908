/**
 * The layers of many CEs by key, each built when it is first used.
 */
import * as Cause from "effect/Cause"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
import type * as Scope from "effect/Scope"

/**
 * `LayerMap.make`, except that a layer that could not be built is built again for the next use. A `LayerMap` keeps the failure until
 * nobody has used the key for `idleTimeToLive`.
 */
export const make = <K, I, E, R>(
  lookup: (key: K) => Layer.Layer<I, E, R>,
  options: { readonly idleTimeToLive: Duration.Input }
): Effect.Effect<LayerMap.LayerMap<K, I, E>, never, R | Scope.Scope> =>
  Effect.map(LayerMap.make(lookup, options), (map) => {
    const contextEffect = (key: K) =>
      Effect.tapCause(
        map.contextEffect(key),
        (cause) => Cause.hasInterruptsOnly(cause) ? Effect.void : map.invalidate(key)
      )
    return { ...map, contextEffect, get: (key: K) => Layer.effectContext(contextEffect(key)) }
  })
