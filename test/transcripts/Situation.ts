/** What is done in front of a schedd, as data: the same on the real tools and on the fake. */
import * as Schema from "effect/Schema"
import type { ToolName } from "../../src/condor/tools/CondorTool.ts"

/** Who runs a tool: users of the CE, and tokens that are not good for everything. */
export type Identity = "pilot" | "other" | "reader" | "expired" | "forged" | "nobody"

/**
 * What a job does. The real one is given it as a shell script, the fake as this very value.
 *
 * `seconds` pass before it ends, by `signal` if there is one.
 */
export const Payload = Schema.Struct({
  seconds: Schema.optionalKey(Schema.Natural),
  stdout: Schema.optionalKey(Schema.String),
  stderr: Schema.optionalKey(Schema.String),
  files: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  exit: Schema.optionalKey(Schema.Natural),
  signal: Schema.optionalKey(Schema.Natural)
})

export type Payload = typeof Payload.Type

/** Content of a file, and its mode where it is not 0644. */
export interface File {
  readonly content: string
  readonly mode?: number | undefined
}

/**
 * - `Files`: files of the situation's own directory
 * - `Run`: one run of a tool in that directory, or in `cwd` below it. `cluster` names the cluster that it prints first
 * - `Site`: an act of the CE's administrator
 * - `Until`: time passes until the condition holds for so many jobs, in the queue
 * - `Gone`: time passes until a cluster has left the queue
 * - `Pass`: so many seconds pass
 */
export type Step =
  | { readonly _tag: "Files"; readonly files: Readonly<Record<string, File>> }
  | {
    readonly _tag: "Run"
    readonly tool: ToolName
    readonly args: ReadonlyArray<string>
    readonly as: Identity
    readonly stdin?: string | undefined
    readonly cwd?: string | undefined
    readonly cluster?: string | undefined
  }
  | { readonly _tag: "Site"; readonly act: SiteAct; readonly job: string; readonly reason?: string | undefined }
  | { readonly _tag: "Until"; readonly condition: string; readonly jobs: number }
  | { readonly _tag: "Gone"; readonly cluster: string }
  | { readonly _tag: "Pass"; readonly seconds: number }

export type SiteAct = "hold" | "release" | "remove"

/**
 * In all texts of a situation `{pool}`, `{schedd}`, `{directory}`, `{key}` and the names of clusters stand for what they
 * are on this occasion.
 */
export interface Situation {
  readonly name: string
  readonly steps: ReadonlyArray<Step>
}

const mark = "# payload "

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The payload as a program. */
export const script = (payload: Payload): string =>
  [
    "#!/bin/sh",
    `${mark}${JSON.stringify(payload)}`,
    ...(payload.stdout === undefined ? [] : [`printf %s ${quoted(payload.stdout)}`]),
    ...(payload.stderr === undefined ? [] : [`printf %s ${quoted(payload.stderr)} >&2`]),
    ...Object.entries(payload.files ?? {}).map(([name, content]) => `printf %s ${quoted(content)} >${quoted(name)}`),
    ...(payload.seconds === undefined ? [] : [`sleep ${payload.seconds}`]),
    ...(payload.signal === undefined ? [] : [`kill -${payload.signal} $$`]),
    `exit ${payload.exit ?? 0}`,
    ""
  ].join("\n")

const decodePayload = Schema.decodeSync(Schema.fromJsonString(Payload))

/** The payload that a program was made of. */
export const payloadOf = (program: string): Payload => {
  const line = program.split("\n").find((line) => line.startsWith(mark))
  return line === undefined ? {} : decodePayload(line.slice(mark.length))
}
