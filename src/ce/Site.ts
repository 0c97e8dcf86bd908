/**
 * What one site can do for a payload, and what it wants to be told: as its administrator says, because a CE does not.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Rules } from "../condor/ReasonRules.ts"
import { closed } from "../contract/Closed.ts"

/**
 * How container images are run.
 *
 * **Details**
 *
 * - `Native`: by the batch system (`universe = container`). An HTCondor pool runs such a job on a machine with a container
 *   runtime, and leaves it waiting for ever where there is none; other batch systems behind a CE know nothing of images and
 *   would run the payload without.
 * - `Launcher`: by a program of the worker, as `<executable> <arguments> <image> ./<payload> <its arguments>`, for example
 *   `/usr/bin/apptainer exec --cleanenv`. `executable` is an absolute path there.
 *
 * @category models
 * @since 0.1.0
 */
export const Container = Schema.Union([
  closed(Schema.TaggedStruct("Native", {})),
  closed(Schema.TaggedStruct("Launcher", {
    executable: Schema.NonEmptyString,
    arguments: Schema.optional(Schema.Array(Schema.String))
  }))
])

/**
 * @category models
 * @since 0.1.0
 */
export type Container = typeof Container.Type

/**
 * The value of an attribute: text, a number, a truth, or a ClassAd expression.
 *
 * @category models
 * @since 0.1.0
 */
export const AttributeValue = Schema.Union([
  Schema.String,
  Schema.Finite,
  Schema.Boolean,
  closed(Schema.Struct({ expression: Schema.NonEmptyString }))
])

/**
 * @category models
 * @since 0.1.0
 */
export type AttributeValue = typeof AttributeValue.Type

/**
 * - `container`: how container images are run; they are refused unless it is given
 * - `urlSchemes`: the schemes of the URLs that a payload may name as inputs and as destinations of outputs, such as
 *   `https`: those for which the site's machines have a file-transfer plugin (default: none)
 * - `siteCommands`: commands for `condor_submit` that the site asks for, such as `accounting_group`
 * - `siteAttributes`: attributes of each job that the site asks for, such as `WantWholeNode`; `+Name` and `MY.Name` are
 *   `Name`
 * - `explanations`: what holds and removals mean at this site, and what to do: rules that come before those of docs/holds.md.
 *   They are data, and `ReasonRules.Rules` of `effect-htcondor-ce/condor` reads them from JSON
 *
 * @category models
 * @since 0.1.0
 */
export const Site = closed(Schema.Struct({
  container: Schema.optional(Container),
  urlSchemes: Schema.optional(Schema.Array(Schema.NonEmptyString)),
  siteCommands: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  siteAttributes: Schema.optional(Schema.Record(Schema.String, AttributeValue)),
  explanations: Schema.optional(Rules)
}))

/**
 * @category models
 * @since 0.1.0
 */
export type Site = typeof Site.Type
