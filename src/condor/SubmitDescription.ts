/**
 * The description that `condor_submit` reads, as a typed value and as text. `submit/SubmitLanguage.ts` reads the text.
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
import * as Schema from "effect/Schema"
import * as GridUniverse from "./GridUniverse.ts"
import * as OwnAttributes from "./OwnAttributes.ts"
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
 * @category models
 * @since 0.1.0
 */
export type Environment = typeof Environment.Type

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
 * @category models
 * @since 0.1.0
 */
export type Requests = typeof Requests.Type

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
      new RegExp(`^(?!${OwnAttributes.names.copy}$)${OwnAttributes.prefix}[A-Za-z0-9]+$`),
      `an attribute that begins with ${OwnAttributes.prefix}, so that HTCondor gives it no meaning`
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

// What stands for the number of the copy in a row.
const copyVariable = "$(v_copy)"

/**
 * How long a completed job stays. True for completed jobs only: a removed job that it kept would stay in the queue for ever.
 *
 * @category constants
 * @since 0.1.0
 */
export const leaveInQueue = (seconds: number | string): string =>
  `JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < ${seconds})`

// The same in every description, the last two behind all others.
const fixed: ReadonlyArray<readonly [string, string]> = [
  ["should_transfer_files", "YES"],
  ["when_to_transfer_output", "ON_EXIT"],
  ["notification", "Never"],
  [`My.${OwnAttributes.names.copy}`, copyVariable],
  ["My.Environment", "$(v_environment)"]
]

// Fields of what a job asks for, the commands that say them, and how many of these make one of those.
const requestLines: ReadonlyArray<readonly [keyof typeof Requests.fields, string, number]> = [
  ["cpus", "request_cpus", 1],
  ["cpus", "My.xcount", 1],
  ["memoryMiB", "request_memory", 1],
  ["memoryMiB", "My.maxMemory", 1],
  ["diskMiB", "request_disk", 1024],
  ["gpus", "request_gpus", 1],
  ["wallTimeSeconds", "My.BatchRuntime", 1]
]

// The attributes that hold the name of a queue.
const queueAttributes = (grid: unknown): ReadonlyArray<string> => [
  "My.queue",
  grid === undefined ? "My.remote_queue" : GridUniverse.remoteQueue
]

const literal = SiteCommands.literal

const attributeText = (text: string): string => literal(Quote.name(text))

const attributeValue = (value: string | number): string =>
  typeof value === "number" ? String(value) : attributeText(value)

const atCE = (
  attributes: typeof SubmitDescription.Encoded["attributes"],
  leaveInQueueSeconds: number
): GridUniverse.AtCE => {
  const key = attributes[OwnAttributes.names.key]
  return { leaveInQueue: leaveInQueue(leaveInQueueSeconds), key: key === undefined ? undefined : attributeValue(key) }
}

// A path of the machine is left there: condor_submit would send it, unless its own configuration knew better.
const universeLines = (
  { attributes, grid, image, leaveInQueueSeconds }: Pick<
    typeof SubmitDescription.Encoded,
    "attributes" | "grid" | "image" | "leaveInQueueSeconds"
  >
): ReadonlyArray<readonly [string, string]> =>
  grid !== undefined
    ? [["universe", "grid"], ...GridUniverse.commands(grid, atCE(attributes, leaveInQueueSeconds))]
    : image === undefined
    ? [["universe", "vanilla"]]
    : [
      ["universe", "container"],
      ["container_image", image],
      ...(image.startsWith("/") ? [["transfer_container", "False"] as const] : [])
    ]

const uploadLines = (
  uploads: typeof SubmitDescription.Encoded["uploads"]
): ReadonlyArray<readonly [string, string]> => {
  const remaps = uploads.map(({ name, url }) =>
    `${Quote.name(name)} = ${url.replaceAll(Url.copyPlaceholder, copyVariable)}`
  )
  return remaps.length === 0 ? [] : [["transfer_output_remaps", `"${remaps.join("; ")}"`]]
}

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
    ...Object.entries(description.attributes).map(([name, value]) => [`My.${name}`, attributeValue(value)]),
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
