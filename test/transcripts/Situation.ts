/** A sequence of actions at a schedd, as data. It is the same for the real tools and for the fake. */
import * as Schema from "effect/Schema"
import type { ToolName } from "../../src/condor/tools/CondorTool.ts"

/** The identity that runs a tool: users of the CE, and tokens with limits or errors. */
export type Identity = "pilot" | "other" | "reader" | "expired" | "forged" | "nobody"

/**
 * The payload of a job. A real CE gets it as a shell script, and the fake as this value.
 *
 * The job ends after `seconds`, by `signal` if there is one.
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

/** The content of a file, and its mode if that is not 0644. */
export interface File {
  readonly content: string
  readonly mode?: number | undefined
}

/**
 * A step of a situation.
 *
 * - `Files`: writes files to the situation's directory
 * - `Run`: runs a tool in that directory, or in `cwd` below it. `cluster` is the name for the cluster that it prints first.
 * - `Site`: an action of the CE's administrator
 * - `Until`: waits until this number of jobs in the queue satisfies the condition
 * - `Gone`: waits until a cluster has left the queue
 * - `Pass`: waits for this number of seconds
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
 * A situation. In all its texts `{pool}`, `{schedd}`, `{directory}`, `{key}` and the names of clusters are placeholders for their
 * present values.
 */
export interface Situation {
  readonly name: string
  readonly steps: ReadonlyArray<Step>
}

const mark = "# payload "

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The payload as a shell script. */
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

/** The payload of a program that `script` made. */
export const payloadOf = (program: string): Payload => {
  const line = program.split("\n").find((line) => line.startsWith(mark))
  return line === undefined ? {} : decodePayload(line.slice(mark.length))
}
