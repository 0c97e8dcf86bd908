/**
 * Flags that say what a payload needs, over its `SPEC.json`, and what its site can do.
 *
 * @since 0.1.0
 */
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type { AttributeValue } from "../ce/Site.ts"
import { isUrl, type SubmissionSpec } from "../contract/Submission.ts"
import type { Wishes } from "./Connection.ts"
import { UsageError } from "./Failure.ts"
import * as GlobalFlags from "./GlobalFlags.ts"

const optional = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(Flag.optional, Flag.withMetavar(metavar), Flag.withDescription(description))

const repeated = (name: string, metavar: string, description: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(`${description}; may be repeated`),
    Flag.atLeast(0)
  )

const amount = (name: string, metavar: string, description: string, least = 1) =>
  Flag.Int(name).pipe(
    Flag.withSchema(Schema.Int.check(Schema.isGreaterThanOrEqualTo(least))),
    Flag.optional,
    Flag.withMetavar(metavar),
    Flag.withDescription(description)
  )

/**
 * What a payload needs. Each wins over what the `SPEC.json` says, and inputs and outputs are added to it.
 *
 * @category constants
 * @since 0.1.0
 */
export const specFlags = {
  input: repeated("input", "NAME=SOURCE", "A file that the job finds as NAME: a path on this host, or a URL"),
  output: repeated("output", "NAME[=URL]", "A file that the payload leaves, to be brought back, or sent to the URL"),
  container: optional("container", "IMAGE", "The container image to run in: as the site knows it"),
  cpus: amount("cpus", "N", "Cores"),
  memory: amount("memory", "MIB", "MiB of memory"),
  disk: amount("disk", "MIB", "MiB of disk"),
  gpus: amount("gpus", "N", "GPUs", 0),
  wallTime: amount("wall-time", "SECONDS", "Seconds of wall time"),
  queue: optional("queue", "NAME", "The name of a queue of the site")
}

/**
 * What the site can do for a payload, and wants to be told.
 *
 * @category constants
 * @since 0.1.0
 */
export const siteFlags = {
  containerWith: GlobalFlags.openText(
    "container-with",
    "HTCONDOR_CE_CONTAINER_WITH",
    "native|COMMAND",
    "How the site runs images: its batch system does, or a program of its machines, such as \"/usr/bin/apptainer exec\""
  ),
  urlSchemes: GlobalFlags.openText(
    "url-schemes",
    "HTCONDOR_CE_URL_SCHEMES",
    "SCHEME,...",
    "The schemes of URLs that payloads may read from and write to; default: none"
  ),
  siteCommand: repeated("site-command", "NAME=VALUE", "A command for condor_submit that the site asks for"),
  attribute: repeated("attribute", "NAME=EXPRESSION", "An attribute of each job that the site asks for: +NAME")
}

/**
 * The values of flags.
 *
 * @category models
 * @since 0.1.0
 */
export type Values<Flags extends Record<string, Flag.Flag<unknown>>> = {
  readonly [K in keyof Flags]: Flags[K] extends Flag.Flag<infer A> ? A : never
}

const pair = Effect.fnUntraced(function*(flag: string, text: string) {
  const at = text.indexOf("=")
  return at > 0
    ? ([text.slice(0, at), text.slice(at + 1)] as const)
    : yield* new UsageError({ detail: `--${flag} ${text}: expected a name, "=" and more` })
})

// The last one would win without a word.
const pairs = Effect.fnUntraced(function*(flag: string, texts: ReadonlyArray<string>) {
  const all = yield* Effect.forEach(texts, (text) => pair(flag, text))
  const twice = all.find(([name], index) => all.findIndex(([other]) => other === name) < index)
  return twice === undefined ? all : yield* new UsageError({ detail: `--${flag}: ${twice[0]} is given twice` })
})

const given = <A>(name: string, value: Option.Option<A>): Record<string, A> =>
  Option.isSome(value) ? { [name]: value.value } : {}

/**
 * A payload with what the flags say of it.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spec = Effect.fnUntraced(function*(spec: SubmissionSpec, values: Values<typeof specFlags>) {
  const path = yield* Path.Path
  const inputs = yield* Effect.forEach(values.input, (text) =>
    Effect.map(pair("input", text), ([name, source]) => ({
      name,
      source: isUrl(source) ? source : path.resolve(source)
    })))
  const outputs = values.output.map((text) => {
    const at = text.indexOf("=")
    return at < 0 ? { name: text } : { name: text.slice(0, at), destination: text.slice(at + 1) }
  })
  const resources = {
    ...spec.resources,
    ...given("cpus", values.cpus),
    ...given("memoryMiB", values.memory),
    ...given("diskMiB", values.disk),
    ...given("gpus", values.gpus),
    ...given("wallTimeSeconds", values.wallTime),
    ...given("queue", values.queue)
  }
  return {
    ...spec,
    ...(inputs.length === 0 ? {} : { inputs: [...spec.inputs ?? [], ...inputs] }),
    ...(outputs.length === 0 ? {} : { outputs: [...spec.outputs ?? [], ...outputs] }),
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
    ...given("container", Option.map(values.container, (image) => ({ image })))
  } satisfies SubmissionSpec
})

/**
 * What the flags say that the site wants to be told.
 *
 * @category constructors
 * @since 0.1.0
 */
export const wishes = Effect.fnUntraced(function*(
  values: Pick<Values<typeof siteFlags>, "siteCommand" | "attribute">
): Effect.fn.Return<Wishes, UsageError> {
  const commands = yield* pairs("site-command", values.siteCommand)
  const attributes = yield* pairs("attribute", values.attribute)
  const asExpression = (expression: string): AttributeValue => ({ expression })
  return {
    siteCommands: Object.fromEntries(commands),
    siteAttributes: Object.fromEntries(attributes.map(([name, text]) => [name, asExpression(text)]))
  }
})
