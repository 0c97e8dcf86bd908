/**
 * A configuration file with several named CEs.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import * as Config from "./Config.ts"

/**
 * A CE in a file: its configuration, and the files with its credentials.
 *
 * **Details**
 *
 * The defaults of `token` and `proxy` depend on `credentials`. A CE with a `sciToken` and without an `idToken` has the token kind
 * `SciToken`. If there is a `proxy`, jobs get it.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NamedSite = closed(Schema.Struct({
  ...Config.Config.fields,
  /** The paths of credential files, for `Credential.layerFiles`: `idToken`, `sciToken` and `proxy`. */
  credentials: Schema.optional(closed(Schema.Struct({
    idToken: Schema.optional(Schema.NonEmptyString),
    sciToken: Schema.optional(Schema.NonEmptyString),
    proxy: Schema.optional(Schema.NonEmptyString)
  })))
}))

/**
 * A CE in a file.
 *
 * @category models
 * @since 0.1.0
 */
export type NamedSite = typeof NamedSite.Type

/**
 * The schema of a file with several CEs: `{ "sites": { "name": { "endpoint": "ce.example.org:9619" } } }`.
 *
 * **Example** (Reading a file with several CEs)
 *
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { Credential, HTCondorCE } from "effect-htcondor-ce"
 * import * as assert from "node:assert"
 *
 * const text = `{ "sites": {
 *   "north": { "endpoint": "ce.north.example.org", "credentials": { "idToken": "/run/tokens/north" } },
 *   "south": { "endpoint": "ce.south.example.org", "timeout": "90 seconds", "urlSchemes": ["https"],
 *              "credentials": { "sciToken": "/run/tokens/grid", "proxy": "/run/x509up" } }
 * } }`
 *
 * export const program = Effect.gen(function*() {
 *   const { sites } = yield* Schema.decodeEffect(Schema.fromJsonString(HTCondorCE.Sites))(text)
 *   const layers = Object.values(sites).map((site) => ({
 *     backend: HTCondorCE.layer(HTCondorCE.configOf(site)),
 *     credentials: Credential.layerFiles(site.credentials ?? {})
 *   }))
 *   assert.strictEqual(layers.length, 2)
 *   const { proxy, token } = HTCondorCE.configOf(sites["south"] ?? assert.fail())
 *   assert.deepStrictEqual({ proxy, token }, { proxy: true, token: "SciToken" })
 * })
 * ```
 *
 * @category schemas
 * @since 0.1.0
 */
export const Sites = closed(Schema.Struct({
  /** The CEs by their names. */
  sites: Schema.Record(Schema.NonEmptyString, NamedSite)
}))

/**
 * The CEs of a file, by their names.
 *
 * @category models
 * @since 0.1.0
 */
export type Sites = typeof Sites.Type

/**
 * The configuration of a CE in a file, with `token` and `proxy` filled in.
 *
 * @category converting
 * @since 0.1.0
 */
export const toConfig = ({ credentials = {}, ...config }: NamedSite): Config.Config => ({
  ...config,
  token: config.token ??
    (credentials.sciToken !== undefined && credentials.idToken === undefined ? "SciToken" : "IdToken"),
  proxy: config.proxy ?? credentials.proxy !== undefined
})
