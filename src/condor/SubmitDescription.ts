/**
 * The description that `condor_submit` reads, as a typed value and as text. `submit/SubmitLanguage.ts` reads the text.
 *
 * **Details**
 *
 * One description makes one cluster of spooled jobs, with one job for each row. The text has every command whose default
 * depends on the version of `condor_submit`. Paths are relative to the directory in which `condor_submit` runs, except the
 * absolute paths of the machine where the job runs.
 *
 * The environment is written to the attribute itself and not with the command `environment`, because that command adds to the
 * environment of the cluster's first job.
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

// A record's key schema would silently drop a key that fails its check. So the record itself is checked.
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
 * The resources that one job requests.
 *
 * **Details**
 *
 * The text has each request twice. HTCondor reads `request_cpus`, `request_memory` (MiB), `request_disk` (KiB) and
 * `request_gpus`. The routes of an HTCondor-CE read attributes that take precedence: `xcount`, `maxMemory` (MiB), `maxWallTime`
 * (minutes) with `BatchRuntime` (seconds), and `queue`. (HTCondor-CE: "Submitting Jobs Remotely", "Writing Job Routes", and the
 * transforms of its `01-ce-router-defaults.conf`.) That documentation names `remote_queue` for jobs that come through a schedd
 * of the submitter: it becomes `queue` at the CE.
 *
 * @category models
 * @since 0.1.0
 */
export const Requests = Schema.Struct({
  /** The number of cores. */
  cpus: Positive,
  /** The memory in MiB. Default: the site's. */
  memoryMiB: Schema.optionalKey(Positive),
  /** The disk space in MiB. Default: the site's. */
  diskMiB: Schema.optionalKey(Positive),
  /** The number of GPUs. Default: none. */
  gpus: Schema.optionalKey(Positive),
  /** The longest run time in seconds. Default: the site's. */
  wallTimeSeconds: Schema.optionalKey(Positive),
  /** The name of a queue of the site. Default: the site's. */
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
 * @category models
 * @since 0.1.0
 */
export const SubmitDescription = Schema.Struct({
  /** The name of the program, which is sent, or an absolute path on the machine where the job runs. */
  executable: Schema.Union([InputName, RemotePath]),
  /** The arguments of the program, one string each. */
  arguments: Schema.Array(Value),
  /** The container image to run in. If the machine has no container runtime, the job waits without a limit. */
  image: Schema.optionalKey(Image),
  /** The names of the inputs, which are sent from the directory `inputs/`. */
  inputs: Schema.Array(InputName),
  /** The URLs that the machine of the job reads as inputs. */
  urls: Schema.Array(Url.InputUrl),
  /** Whether job number `i` also gets all files of the directory `copies/<i>/`. */
  copyInputs: Schema.Boolean,
  /** The names of the files that come back, in addition to `stdout`, `stderr` and `log`. */
  outputs: Schema.Array(OutputName),
  /** The outputs that the machine of the job writes to URLs. */
  uploads: Schema.Array(Schema.Struct({ name: UploadName, url: Url.OutputUrl })),
  /** The name of the file with the standard output. */
  stdout: StreamName,
  /** The name of the file with the standard error. */
  stderr: StreamName,
  /** The name of the event log. */
  log: StreamName,
  /** The name of the file with the X.509 proxy certificate that the jobs carry. It is beside the executable. */
  proxy: Schema.optionalKey(InputName),
  /** The CE to which the schedd hands the jobs over (grid universe). Not possible with an `image`. */
  grid: Schema.optionalKey(GridUniverse.GridResource),
  /** The resources that each job requests. */
  requests: Requests,
  /** The seconds for which a completed job keeps its output at the schedd. */
  leaveInQueueSeconds: Positive,
  /** The attributes of this library. Their names begin with `EffectCE`. */
  attributes: Schema.Record(Schema.String, Schema.Union([AttributeText, Schema.Int])).check(
    everyKey(
      new RegExp(`^(?!${OwnAttributes.names.copy}$)${OwnAttributes.prefix}[A-Za-z0-9]+$`),
      `an attribute that begins with ${OwnAttributes.prefix}, so that HTCondor gives it no meaning`
    )
  ),
  /** The number of the first job's copy in the submission. Default: 0. */
  firstCopy: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThan(0))),
  /** The environment of each job. The cluster has one job for each entry. */
  environments: Schema.NonEmptyArray(Environment),
  /** Commands and attributes that the site requires, and this library does not write. */
  site: Schema.Struct({ commands: SiteCommands.Commands, attributes: SiteCommands.Attributes })
}).check(
  Schema.makeFilter(({ grid, image }) =>
    grid === undefined || image === undefined ||
    { path: ["image"], issue: "Expected no image for a job that is handed over to a CE" }
  )
)

/**
 * @category models
 * @since 0.1.0
 */
export type SubmitDescription = typeof SubmitDescription.Type

// The macro for the number of the copy in a row.
const copyVariable = "$(v_copy)"

/**
 * Makes the expression that keeps a completed job in the queue for some seconds. It is true only for completed jobs: a removed
 * job would otherwise never leave the queue.
 *
 * @category constants
 * @since 0.1.0
 */
export const leaveInQueue = (seconds: number | string): string =>
  `JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < ${seconds})`

// The commands that all descriptions share. The last two follow all others.
const fixed: ReadonlyArray<readonly [string, string]> = [
  ["should_transfer_files", "YES"],
  ["when_to_transfer_output", "ON_EXIT"],
  ["notification", "Never"],
  [`My.${OwnAttributes.names.copy}`, copyVariable],
  ["My.Environment", "$(v_environment)"]
]

// The fields of the requests, their commands, and the factor between the units of the two.
const requestLines: ReadonlyArray<readonly [keyof typeof Requests.fields, string, number]> = [
  ["cpus", "request_cpus", 1],
  ["cpus", "My.xcount", 1],
  ["memoryMiB", "request_memory", 1],
  ["memoryMiB", "My.maxMemory", 1],
  ["diskMiB", "request_disk", 1024],
  ["gpus", "request_gpus", 1],
  ["wallTimeSeconds", "My.BatchRuntime", 1]
]

// The attributes with the name of a queue.
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

// Without `transfer_container` condor_submit would send an image whose path is one of the machine.
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
 * Writes the text for `condor_submit`. It can write every value of the schema.
 *
 * **Example** (Writing a description)
 *
 * ```ts
 * import { SubmitDescription } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const text = SubmitDescription.toText({
 *   executable: "pilot.sh",
 *   arguments: ["--site", "it's"],
 *   inputs: [],
 *   urls: [],
 *   copyInputs: false,
 *   outputs: ["pilot.log"],
 *   uploads: [],
 *   stdout: "stdout",
 *   stderr: "stderr",
 *   log: "log",
 *   requests: { cpus: 8, wallTimeSeconds: 3600 },
 *   leaveInQueueSeconds: 86_400,
 *   attributes: { EffectCEKey: "task-42" },
 *   environments: [{ PILOT: "1" }, { PILOT: "2" }],
 *   site: { commands: { accounting_group: "pilots" }, attributes: {} }
 * })
 * assert.match(text, /^arguments = "'--site' 'it''s'"$/m)
 * assert.match(text, /^request_cpus = 8$/m)
 * ```
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
    // First, because the last line with a command counts.
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
