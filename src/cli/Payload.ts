/**
 * The flags that describe a payload, in addition to its `SPEC.json`, and the flags that describe the site.
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
    Flag.withDescription(`${description}. May be repeated`),
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
 * The flags of a payload. They override the `SPEC.json`; `--input` and `--output` add to its lists.
 *
 * @category constants
 * @since 0.1.0
 */
export const specFlags = {
  input: repeated("input", "NAME=SOURCE", "Input file NAME of the job, from a path on this host or a URL"),
  output: repeated("output", "NAME[=URL]", "Output file of the payload, to fetch or to send to URL"),
  container: optional("container", "IMAGE", "Container image, as the site names it"),
  cpus: amount("cpus", "N", "Number of cores"),
  memory: amount("memory", "MIB", "Memory in MiB"),
  disk: amount("disk", "MIB", "Disk space in MiB"),
  gpus: amount("gpus", "N", "Number of GPUs", 0),
  wallTime: amount("wall-time", "SECONDS", "Wall time limit"),
  queue: optional("queue", "NAME", "Queue (batch partition) of the site")
}

/**
 * The flags of the site: its containers and URL schemes, and the commands and attributes that it requires.
 *
 * @category constants
 * @since 0.1.0
 */
export const siteFlags = {
  containerWith: GlobalFlags.openText(
    "container-with",
    "HTCONDOR_CE_CONTAINER_WITH",
    "native|COMMAND",
    "How the site runs containers: native (by its batch system), or a command such as \"/usr/bin/apptainer exec\""
  ),
  urlSchemes: GlobalFlags.openText(
    "url-schemes",
    "HTCONDOR_CE_URL_SCHEMES",
    "SCHEME,...",
    "URL schemes that payloads may read from and write to (default: none)"
  ),
  siteCommand: repeated("site-command", "NAME=VALUE", "Command of condor_submit that the site requires"),
  attribute: repeated("attribute", "NAME=EXPRESSION", "Job attribute (+NAME) that the site requires")
}

/**
 * The values of these flags.
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
    : yield* new UsageError({ detail: `--${flag} ${text}: expected NAME=VALUE` })
})

// Without this check the last one would silently win.
const pairs = Effect.fnUntraced(function*(flag: string, texts: ReadonlyArray<string>) {
  const all = yield* Effect.forEach(texts, (text) => pair(flag, text))
  const twice = all.find(([name], index) => all.findIndex(([other]) => other === name) < index)
  return twice === undefined ? all : yield* new UsageError({ detail: `--${flag}: ${twice[0]} is given twice` })
})

const given = <A>(name: string, value: Option.Option<A>): Record<string, A> =>
  Option.isSome(value) ? { [name]: value.value } : {}

/**
 * The payload of a `SPEC.json`, with the values of the flags. Fails with `UsageError` for an input without `=`.
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
 * The commands and attributes of the flags. Fails with `UsageError` if a name is given twice, or without a value.
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
