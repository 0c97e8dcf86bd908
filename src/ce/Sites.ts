/**
 * A file with several compute elements, each by a name.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { closed } from "../contract/Closed.ts"
import * as Config from "./Config.ts"

/**
 * A compute element in a file: its configuration, and where its credentials are.
 *
 * **Details**
 *
 * `credentials` are paths, of the files that `Credential.layerFiles` reads. Where `token` and `proxy` are not given, they follow
 * from them: a CE with a `sciToken` and no `idToken` is shown a SciToken, and jobs take along a `proxy` that there is.
 *
 * @category schemas
 * @since 0.1.0
 */
export const NamedSite = closed(Schema.Struct({
  ...Config.Config.fields,
  credentials: Schema.optional(closed(Schema.Struct({
    idToken: Schema.optional(Schema.NonEmptyString),
    sciToken: Schema.optional(Schema.NonEmptyString),
    proxy: Schema.optional(Schema.NonEmptyString)
  })))
}))

/**
 * @category models
 * @since 0.1.0
 */
export type NamedSite = typeof NamedSite.Type

/**
 * The compute elements of a file, by their names: `{ "sites": { "name": { "endpoint": "ce.example.org:9619" } } }`.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Sites = closed(Schema.Struct({ sites: Schema.Record(Schema.NonEmptyString, NamedSite) }))

/**
 * @category models
 * @since 0.1.0
 */
export type Sites = typeof Sites.Type

/**
 * The configuration of a compute element in a file.
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
