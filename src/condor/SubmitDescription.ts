/**
 * The description that `condor_submit` reads, as a typed value and as text.
 *
 * **Details**
 *
 * One description makes one cluster of spooled jobs, one job for each row. Every command whose default depends on the
 * version of `condor_submit` is written out. All paths are relative to the directory in which `condor_submit` runs, but for
 * those of the machine where the job runs.
 *
 * Environment goes into the attribute itself and not through the command `environment`, because that one adds to what
 * the first job of the cluster was given.
 *
 * See the pages "condor_submit" and "Job ClassAd Attributes" of HTCondor's manual.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as GridUniverse from "./GridUniverse.ts"
import * as Quote from "./Quote.ts"
import * as SiteCommands from "./SiteCommands.ts"
import {
  AttributeText,
  EnvironmentValue,
  Image,
  InputName,
  OutputName,
  RemotePath,
  StreamName,
  UploadName,
  Value
} from "./SubmitValue.ts"
import * as Url from "./Url.ts"

// A key that fails the check of a record's key schema would be dropped in silence, so the record itself is checked.
const everyKey = (pattern: RegExp, expected: string) =>
  Schema.makeFilter((record: Readonly<Record<string, unknown>>) => {
    const wrong = Object.keys(record).find((key) => !pattern.test(key))
    return wrong === undefined ? undefined : { path: [wrong], issue: `Expected ${expected}` }
  })

const Positive = Schema.Int.check(Schema.isGreaterThan(0))

/**
 * The environment of one job of the cluster.
 *
 * @category schemas
 * @since 0.1.0
 */
export const Environment = Schema.Record(Schema.String, EnvironmentValue).check(
  everyKey(/^[^=\0\r\n\x1f\p{Cs}]+$/u, "the name of an environment variable")
)

/**
 * What one job asks for: cores, MiB, seconds, and the name of a queue of the site.
 *
 * **Details**
 *
 * Each is said twice: with HTCondor's own `request_cpus`, `request_memory` (MiB), `request_disk` (KiB), `request_gpus`,
 * and with the attributes that an HTCondor-CE's routes read and that win over those: `xcount`, `maxMemory` (MiB),
 * `maxWallTime` (minutes) with `BatchRuntime` (seconds), `queue`. (HTCondor-CE: "Submitting Jobs Remotely", "Writing Job
 * Routes", and the transforms of its `01-ce-router-defaults.conf`.) `remote_queue` is what that documentation names for
 * jobs that come through a schedd of the submitter: there it becomes `queue`.
 *
 * @category models
 * @since 0.1.0
 */
export const Requests = Schema.Struct({
  cpus: Positive,
  memoryMiB: Schema.optionalKey(Positive),
  diskMiB: Schema.optionalKey(Positive),
  gpus: Schema.optionalKey(Positive),
  wallTimeSeconds: Schema.optionalKey(Positive),
  queue: Schema.optionalKey(AttributeText)
})

/**
 * The typed description.
 *
 * **Details**
 *
 * - `executable` is sent, unless it is a path of the machine where the job runs
 * - `image` is the container to run in, where that machine has a container runtime; elsewhere the job waits for ever
 * - `inputs` are sent from the directory `inputs/`; with `copyInputs`, job number `i` is also sent all of `copies/<i>/`
 * - `urls` are read, and `uploads` written, by the machine where the job runs
 * - `outputs` are all that comes back besides `stdout`, `stderr` and `log`
 * - `proxy` is the X.509 proxy certificate that goes with the jobs, beside the executable
 * - `grid` says where the schedd hands the jobs on to (grid universe), which it does with none that has an `image`
 * - `leaveInQueueSeconds` is how long a completed job keeps its output at the schedd
 * - `site` is what the library knows nothing of
 * - `environments` has one entry for each job; the first job is copy number `firstCopy` (0) of the submission
 *
 * @category models
 * @since 0.1.0
 */
export const SubmitDescription = Schema.Struct({
  executable: Schema.Union([InputName, RemotePath]),
  arguments: Schema.Array(Value),
  image: Schema.optionalKey(Image),
  inputs: Schema.Array(InputName),
  urls: Schema.Array(Url.InputUrl),
  copyInputs: Schema.Boolean,
  outputs: Schema.Array(OutputName),
  uploads: Schema.Array(Schema.Struct({ name: UploadName, url: Url.OutputUrl })),
  stdout: StreamName,
  stderr: StreamName,
  log: StreamName,
  proxy: Schema.optionalKey(InputName),
  grid: Schema.optionalKey(GridUniverse.GridResource),
  requests: Requests,
  leaveInQueueSeconds: Positive,
  attributes: Schema.Record(Schema.String, Schema.Union([AttributeText, Schema.Int])).check(
    everyKey(
      /^(?!EffectCECopy$)EffectCE[A-Za-z0-9]+$/,
      "an attribute that begins with EffectCE, so that HTCondor gives it no meaning"
    )
  ),
  firstCopy: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  environments: Schema.NonEmptyArray(Environment),
  site: Schema.Struct({ commands: SiteCommands.Commands, attributes: SiteCommands.Attributes })
}).check(
  Schema.makeFilter(({ grid, image }) =>
    grid === undefined || image === undefined ||
    { path: ["image"], issue: "Expected no image of a job that is handed on" }
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type SubmitDescription = typeof SubmitDescription.Type

/**
 * The attribute that holds a job's place among the copies of its submission.
 *
 * @category constants
 * @since 0.1.0
 */
export const copyAttribute = "EffectCECopy"

// True for completed jobs only: a removed job that it kept would stay in the queue for ever.
const leaveInQueue = (seconds: number | string): string =>
  `JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < ${seconds})`

const fixed: ReadonlyArray<readonly [string, string]> = [
  ["should_transfer_files", "YES"],
  ["when_to_transfer_output", "ON_EXIT"],
  ["notification", "Never"],
  [`My.${copyAttribute}`, "$(v_copy)"],
  ["My.Environment", "$(v_environment)"]
]

const requestLines: ReadonlyArray<readonly [keyof typeof Requests.fields, string, number]> = [
  ["cpus", "request_cpus", 1],
  ["cpus", "My.xcount", 1],
  ["memoryMiB", "request_memory", 1],
  ["memoryMiB", "My.maxMemory", 1],
  ["diskMiB", "request_disk", 1024],
  ["gpus", "request_gpus", 1],
  ["wallTimeSeconds", "My.BatchRuntime", 1]
]

const literal = SiteCommands.literal

const attributeText = (text: string): string => literal(Quote.name(text))

// A path of the machine is left there: condor_submit would send it, unless its own configuration knew better.
const universeLines = (
  { grid, image }: Pick<typeof SubmitDescription.Encoded, "grid" | "image">
): ReadonlyArray<readonly [string, string]> =>
  grid !== undefined
    ? [["universe", "grid"], ...GridUniverse.commands(grid)]
    : image === undefined
    ? [["universe", "vanilla"]]
    : [
      ["universe", "container"],
      ["container_image", image],
      ...(image.startsWith("/") ? [["transfer_container", "False"] as const] : [])
    ]

const copyVariable = "$(v_copy)"

const uploadLines = (
  uploads: typeof SubmitDescription.Encoded["uploads"]
): ReadonlyArray<readonly [string, string]> => {
  const remaps = uploads.map(({ name, url }) =>
    `${Quote.name(name)} = ${url.replaceAll(Url.copyPlaceholder, copyVariable)}`
  )
  return remaps.length === 0 ? [] : [["transfer_output_remaps", `"${remaps.join("; ")}"`]]
}

const queueAttributes = (grid: unknown): ReadonlyArray<string> => [
  "My.queue",
  grid === undefined ? "My.remote_queue" : GridUniverse.remoteQueue
]

const environmentLine = (environment: typeof Environment.Encoded): string =>
  literal(Quote.words(Object.entries(environment).map(([name, value]) => `${name}=${value}`)))

/**
 * The text for `condor_submit`. Total: every value of the schema can be written.
 *
 * @category converting
 * @since 0.1.0
 */
export const toText = (description: typeof SubmitDescription.Encoded): string => {
  const { grid, requests } = description
  const inputs = [...description.inputs.map((name) => `inputs/${Quote.name(name)}`), ...description.urls]
  if (description.copyInputs) inputs.push(`copies/${copyVariable}/`)
  const outputs = [...description.outputs, ...description.uploads.map(({ name }) => name)]
  const lines = [
    // First, so that the last word is the library's.
    ...SiteCommands.lines(description.site),
    ...universeLines(description),
    ...fixed.slice(0, 3),
    ["transfer_executable", description.executable.startsWith("/") ? "False" : "True"],
    ["executable", Quote.name(description.executable)],
    ["arguments", `"${Quote.words(description.arguments).replaceAll("\"", "\"\"")}"`],
    ...(inputs.length === 0 ? [] : [["transfer_input_files", inputs.join(", ")]]),
    ["transfer_output_files", outputs.length === 0 ? "\"\"" : outputs.map(Quote.name).join(", ")],
    ...uploadLines(description.uploads),
    ["output", Quote.name(description.stdout)],
    ["error", Quote.name(description.stderr)],
    ["log", Quote.name(description.log)],
    ...(description.proxy === undefined
      ? []
      : [["use_x509userproxy", "True"], ["x509userproxy", Quote.name(description.proxy)]]),
    ["leave_in_queue", leaveInQueue(description.leaveInQueueSeconds)],
    ...requestLines.flatMap(([field, command, factor]) => {
      const value = requests[field]
      return typeof value === "number" ? [[command, String(value * factor)]] : []
    }),
    ...(requests.wallTimeSeconds === undefined
      ? []
      : [["My.maxWallTime", String(Math.ceil(requests.wallTimeSeconds / 60))]]),
    ...(requests.queue === undefined
      ? []
      : queueAttributes(grid).map((name) => [name, attributeText(requests.queue ?? "")])),
    ...Object.entries(description.attributes).map(([name, value]) => [
      `My.${name}`,
      typeof value === "number" ? String(value) : attributeText(value)
    ]),
    ...fixed.slice(3)
  ].map(([command, value]) => `${command} = ${value}`)
  return [
    ...lines,
    "queue v_copy,v_environment from (",
    ...description.environments.map((environment, index) =>
      `${(description.firstCopy ?? 0) + index} ${environmentLine(environment)}`
    ),
    ")",
    ""
  ].join("\n")
}

const decode = Schema.decodeUnknownEffect(SubmitDescription)

type Draft = { -readonly [K in keyof typeof SubmitDescription.Encoded]?: unknown }

const unquote = (text: string, escape: string): string | undefined =>
  text.length >= 2 && text.startsWith("\"") && text.endsWith("\"")
    ? text.slice(1, -1).replaceAll(escape, "\"")
    : undefined

const list = (text: string): Array<string> => text === "\"\"" ? [] : text.split(", ").map(Quote.parseName)

const environmentFromLine = (line: string): Record<string, string> | undefined => {
  const text = unquote(line, "\\\"")
  const words = text === undefined ? undefined : Quote.parseWords(text)
  return words === undefined || words.some((word) => !word.includes("="))
    ? undefined
    : Object.fromEntries(words.map((word) => [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)]))
}

const scalar = (value: string): string | number | undefined => {
  if (/^-?\d+$/.test(value)) return Number(value)
  const text = unquote(value, "\\\"")
  return text === undefined ? undefined : Quote.parseName(text)
}

const inputsFrom = (value: string): Draft => {
  const all = value.split(", ")
  const copyInputs = all.at(-1) === `copies/${copyVariable}/`
  const names = copyInputs ? all.slice(0, -1) : all
  const firstUrl = names.findIndex((name) => !name.startsWith("inputs/"))
  const inputs = firstUrl < 0 ? names : names.slice(0, firstUrl)
  return {
    inputs: inputs.map((name) => Quote.parseName(name.slice("inputs/".length))),
    urls: names.slice(inputs.length),
    copyInputs
  }
}

const uploadsFrom = (value: string): ReadonlyArray<unknown> | undefined =>
  unquote(value, "\"")?.split("; ").map((one) => {
    const [name = "", url = ""] = one.split(" = ")
    return { name: Quote.parseName(name), url: url.replaceAll(copyVariable, Url.copyPlaceholder) }
  })

// Commands whose value becomes one field, as it stands or undefined where it is not what `toText` writes.
const fields: ReadonlyMap<string, readonly [keyof Draft, (value: string) => unknown]> = new Map([
  ["container_image", ["image", (value: string) => value]],
  ["executable", ["executable", Quote.parseName]],
  ["arguments", ["arguments", (value: string) => {
    const text = unquote(value, "\"\"")
    return text === undefined ? undefined : Quote.parseWords(text)
  }]],
  ["transfer_output_files", ["outputs", list]],
  ["transfer_output_remaps", ["uploads", uploadsFrom]],
  ["output", ["stdout", Quote.parseName]],
  ["error", ["stderr", Quote.parseName]],
  ["log", ["log", Quote.parseName]],
  ["x509userproxy", ["proxy", Quote.parseName]],
  ["leave_in_queue", ["leaveInQueueSeconds", (value: string) => {
    const seconds = /< (\d+)\)$/.exec(value)?.[1]
    return seconds !== undefined && value === leaveInQueue(seconds) ? Number(seconds) : undefined
  }]]
])

// Lines that say what another line says, too: that one decides what they must be.
const implied: ReadonlySet<string> = new Set(["universe", "transfer_container", "transfer_executable"])

/**
 * Reads what {@link toText} wrote: the encoded form, to be checked by the schema, or a line that it cannot have written.
 *
 * **Gotchas**
 *
 * It overlooks lines that are missing, doubled, after the end, or in contradiction to others:
 * {@link SubmitDescriptionFromText} does not.
 *
 * @category converting
 * @since 0.1.0
 */
export const parse = (
  text: string
): { readonly encoded: unknown } | { readonly line: number; readonly text: string } => {
  const requests: Record<string, unknown> = {}
  const attributes: Record<string, unknown> = {}
  const environments: Array<unknown> = []
  const grid: Parameters<typeof GridUniverse.parse>[0] = {}
  const site: { readonly commands: Record<string, string>; readonly attributes: Record<string, string> } = {
    commands: {},
    attributes: {}
  }
  const draft: Draft = {
    inputs: [],
    urls: [],
    copyInputs: false,
    outputs: [],
    uploads: [],
    requests,
    attributes,
    environments,
    site
  }
  let isSite = true
  let inRows = false
  const command = (key: string, value: string): boolean => {
    if (key === "universe") isSite = false
    if (key === "universe" && value === "grid") draft.grid = grid
    if (isSite) {
      if (key.startsWith("My.")) site.attributes[key.slice(3)] = Quote.parseName(value)
      else site.commands[key] = Quote.parseName(value)
      return true
    }
    const field = fields.get(key)
    if (field !== undefined) return (draft[field[0]] = field[1](value)) !== undefined
    if (implied.has(key) || fixed.some(([name, only]) => name === key && only === value)) return true
    const request = requestLines.find(([, name]) => name === key)
    if (request !== undefined) {
      const [field, , factor] = request
      const amount = Number(value) / factor
      return (requests[field] ??= amount) === amount
    }
    if (key === "use_x509userproxy") return value === "True"
    if (key === "My.maxWallTime") return Math.ceil(Number(requests["wallTimeSeconds"]) / 60) === Number(value)
    if (draft.grid !== undefined && GridUniverse.parse(grid, key, value)) return true
    if (queueAttributes(draft.grid).includes(key)) return (requests["queue"] = scalar(value)) !== undefined
    if (key.startsWith("My.EffectCE")) return (attributes[key.slice(3)] = scalar(value)) !== undefined
    if (key !== "transfer_input_files") return false
    Object.assign(draft, inputsFrom(value))
    return true
  }
  const row = (line: string): boolean => {
    const match = /^(\d+) (".*")$/s.exec(line)
    const environment = match?.[2] === undefined ? undefined : environmentFromLine(match[2])
    if (environment === undefined) return false
    const copy = Number(match?.[1])
    if (environments.length === 0 && copy > 0) draft.firstCopy = copy
    return copy === Number(draft.firstCopy ?? 0) + environments.push(environment) - 1
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line === ")" && inRows) return { encoded: withoutUploads(draft) }
    const match = /^([A-Za-z_.0-9]+) = (.*)$/s.exec(line)
    const understood = inRows ? row(line) : line === "queue v_copy,v_environment from ("
      ? (inRows = true)
      : match?.[1] !== undefined && match[2] !== undefined && command(match[1], match[2])
    if (!understood) return { line: index + 1, text: line }
  }
  return { line: text.split("\n").length, text: "" }
}

// The list of outputs ends with those that are uploaded.
const withoutUploads = (draft: Draft): Draft => {
  const { outputs, uploads } = draft
  return Array.isArray(outputs) && Array.isArray(uploads)
    ? { ...draft, outputs: outputs.slice(0, Math.max(0, outputs.length - uploads.length)) }
    : draft
}

/**
 * A description as text, both ways. Decoding takes what encoding writes, and refuses any other line by its number.
 *
 * @category schemas
 * @since 0.1.0
 */
export const SubmitDescriptionFromText = Schema.String.pipe(
  Schema.decodeTo(
    SubmitDescription,
    SchemaTransformation.transformEffect({
      decode: (text, options) => {
        const foreign = (line: number) =>
          Effect.fail(
            new SchemaIssue.InvalidValue({ message: `line ${line} was not written by this library` }, text, options)
          )
        const result = parse(text)
        if (!("encoded" in result)) return foreign(result.line)
        return decode(result.encoded, options).pipe(
          Effect.mapError((error) => error.issue),
          Effect.flatMap((description) => {
            const written = toText(description).split("\n")
            const lines = text.split("\n")
            const line = lines.findIndex((one, index) => one !== written[index])
            if (line >= 0) return foreign(line + 1)
            return lines.length < written.length ? foreign(lines.length + 1) : Effect.succeed(description)
          })
        )
      },
      encode: (description) => Effect.succeed(toText(description))
    })
  )
)
