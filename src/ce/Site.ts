/**
 * The features of one site, and the commands and attributes that it requires for each job. Its administrator knows them: a CE
 * does not publish them.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Rules } from "../condor/ReasonRules.ts"
import { closed } from "../contract/Closed.ts"

/**
 * How a site runs container images.
 *
 * **Details**
 *
 * - `Native`: the batch system runs them (`universe = container`). An HTCondor pool runs such a job only on a machine with a
 *   container runtime: without such a machine, the job never starts. Other batch systems behind a CE ignore the image, and run
 *   the payload without it.
 * - `Launcher`: a program on the site's machines runs them, as `<executable> <arguments> <image> ./<payload> <its arguments>`,
 *   for example `/usr/bin/apptainer exec --cleanenv`.
 *
 * @category models
 * @since 0.1.0
 */
export const Container = Schema.Union([
  closed(Schema.TaggedStruct("Native", {})),
  closed(Schema.TaggedStruct("Launcher", {
    /** The absolute path of the program on the site's machines. */
    executable: Schema.NonEmptyString,
    /** Its arguments before the image. Default: none. */
    arguments: Schema.optional(Schema.Array(Schema.String))
  }))
])

/**
 * How a site runs container images.
 *
 * @category models
 * @since 0.1.0
 */
export type Container = typeof Container.Type

/**
 * The value of a job attribute: a text, a number, a boolean, or a ClassAd expression.
 *
 * @category models
 * @since 0.1.0
 */
export const AttributeValue = Schema.Union([
  Schema.String,
  Schema.Finite,
  Schema.Boolean,
  closed(Schema.Struct({
    /** A ClassAd expression, for example `"Memory > 2048"`. */
    expression: Schema.NonEmptyString
  }))
])

/**
 * The value of a job attribute: a text, a number, a boolean, or `{ expression }`.
 *
 * @category models
 * @since 0.1.0
 */
export type AttributeValue = typeof AttributeValue.Type

/**
 * The features of a site, and what it requires for each job.
 *
 * **Example** (Describing a site)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { Capability, Credential, HTCondorCE, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const CE = HTCondorCE.layer({
 *   endpoint: "ce.example.org",
 *   container: { _tag: "Launcher", executable: "/usr/bin/apptainer", arguments: ["exec", "--cleanenv"] },
 *   urlSchemes: ["https"],
 *   siteCommands: { accounting_group: "group_atlas" },
 *   siteAttributes: { WantWholeNode: true }
 * }).pipe(Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))))
 *
 * export const program = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   const key = yield* SubmissionKey.generate
 *   const submitWith = (source: string) =>
 *     submit({ executable: "/bin/true", inputs: [{ name: "data", source }] }, [{}], { key })
 *   const error = yield* Effect.flip(submitWith("ftp://example.org/data"))
 *   assert.strictEqual(error._tag, "InvalidSubmission")
 *   assert.strictEqual((yield* submitWith("https://example.org/data")).handles.length, 1)
 * }).pipe(Effect.provide(CE))
 * ```
 *
 * @category models
 * @since 0.1.0
 */
export const Site = closed(Schema.Struct({
  /** How the site runs container images. Default: submissions with an image are refused. */
  container: Schema.optional(Container),
  /**
   * The schemes of URLs that a payload may use for inputs and for destinations of outputs, such as `https`. The site's machines
   * must have a file-transfer plugin for each. Default: none.
   */
  urlSchemes: Schema.optional(Schema.Array(Schema.NonEmptyString)),
  /** Submit commands that the site requires, such as `{ accounting_group: "atlas" }`. Default: none. */
  siteCommands: Schema.optional(Schema.Record(Schema.String, Schema.String)),
  /**
   * Job attributes that the site requires, such as `{ WantWholeNode: true }`. A leading `+` or `MY.` of a name is dropped.
   * Default: none.
   */
  siteAttributes: Schema.optional(Schema.Record(Schema.String, AttributeValue)),
  /**
   * The meaning of hold and removal reasons at this site, with advice. These rules take precedence over those of the library
   * (docs/holds.md). `ReasonRules.Rules` of `effect-htcondor-ce/condor` reads them from JSON. Default: none.
   */
  explanations: Schema.optional(Rules)
}))

/**
 * The features of a site, and what it requires for each job.
 *
 * @category models
 * @since 0.1.0
 */
export type Site = typeof Site.Type
