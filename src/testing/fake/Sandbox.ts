/**
 * Between a job's ad and its working directory: what its process is given, and what comes back of what it leaves.
 *
 * @since 0.1.0
 */
import * as Result from "effect/Result"
import type * as ClassAd from "../../classad/ClassAd.ts"
import { baseName, isUrl, words as readWords } from "../../condor/submit/Values.ts"
import { text } from "./Attributes.ts"
import { idOf, type Job } from "./Job.ts"
import type { PayloadJob, SpoolFile } from "./Payload.ts"
import * as Remaps from "./Remaps.ts"

const words = (line: string): ReadonlyArray<string> => Result.getOrElse(readWords(line), () => [])

/** `$$(name)`, which is filled in from the machine that a job is matched with; a name that nothing has is the failure. */
export const expand = (
  line: string,
  machine: (name: string) => string | undefined
): { readonly text: string } | { readonly unknown: string } => {
  let unknown: string | undefined
  const expanded = line.replaceAll(/\$\$\((\w+)\)/g, (whole, name: string) => {
    if (name.toUpperCase() === "DOLLARDOLLAR") return "$$"
    const value = machine(name)
    if (value === undefined) unknown ??= name
    return value ?? whole
  })
  return unknown === undefined ? { text: expanded } : { unknown }
}

const environmentOf = (ad: ClassAd.ClassAd, expanded: (line: string) => string): Record<string, string> => {
  const older = text(ad, "Env")
  const entries = text(ad, "Environment") === undefined && older !== undefined
    ? older.split(";")
    : words(expanded(text(ad, "Environment") ?? ""))
  return Object.fromEntries(entries.flatMap((entry) => {
    const at = entry.indexOf("=")
    return at < 1 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]]
  }))
}

/** What HTCondor calls a file that it has from a URL. */
const urlName = (url: string): string => baseName(url.replace(/\?.*$/s, ""))

/** The URL to which a job sends one of its outputs, if it does. */
export const destination = (ad: ClassAd.ClassAd, name: string): string | undefined => {
  const place = Remaps.find(Remaps.parse(text(ad, "TransferOutputRemaps") ?? ""), name)
  return place !== undefined && isUrl(place) ? place : undefined
}

/** The job as its process sees it; or, as the failure, the `$$(name)` that means nothing. */
export const payloadJob = (
  job: Job,
  machine: (name: string) => string | undefined
): PayloadJob | { readonly unknown: string } => {
  const { ad } = job
  const line = text(ad, "Arguments")
  const both = expand(`${line ?? text(ad, "Args") ?? ""}\n${text(ad, "Environment") ?? ""}`, machine)
  if ("unknown" in both) return both
  const expanded = (one: string): string => {
    const result = expand(one, machine)
    return "text" in result ? result.text : one
  }
  return {
    id: idOf(job),
    user: job.user,
    executable: baseName(text(ad, "SUBMIT_Cmd") ?? text(ad, "Cmd") ?? ""),
    arguments: line === undefined
      ? (text(ad, "Args") ?? "").split(/\s+/).filter((word) => word !== "")
      : words(expanded(line)),
    environment: environmentOf(ad, expanded),
    inputs: job.inputs,
    urls: new Map(
      (text(ad, "TransferInput") ?? "").split(",").filter(isUrl).map((url) => [urlName(url), url] as const)
    ),
    image: text(ad, "ContainerImage")
  }
}

/** The files that a process left: those of its working directory, its stdout and its stderr. */
export interface Leavings {
  readonly files: ReadonlyMap<string, SpoolFile>
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/** A file as a shell would make it. */
export const plainFile = (content: Uint8Array): SpoolFile => ({ content, mode: 0o644 })

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

// One entry of transfer_output_files: a file, or a directory with or without its own name; undefined where there is neither.
const pick = (
  files: ReadonlyMap<string, SpoolFile>,
  entry: string
): ReadonlyArray<readonly [string, SpoolFile]> | undefined => {
  const name = entry.replace(/^\.\//, "")
  const file = files.get(name)
  if (file !== undefined && !name.endsWith("/")) return [[baseName(name), file]]
  const directory = name.replace(/\/+$/, "")
  const prefix = name.endsWith("/") ? "" : `${baseName(directory)}/`
  const below = Array.from(files).filter(([path]) => path.startsWith(`${directory}/`))
  return below.length === 0
    ? undefined
    : below.map(([path, one]) => [`${prefix}${path.slice(directory.length + 1)}`, one] as const)
      .filter(([sent]) => sent !== "")
}

/**
 * What is transferred when a process has ended: stdout and stderr, and the files that the job asked for; if it did not
 * say, those of its working directory that are new or changed. `missing` is the first that is not there; `uploaded` is what
 * goes to URLs instead.
 */
export const collect = (
  job: Job,
  { files, stderr, stdout }: Leavings
): {
  readonly outputs: Map<string, SpoolFile>
  readonly uploaded: Map<string, SpoolFile>
  readonly missing: string | undefined
} => {
  const outputs = new Map<string, SpoolFile>()
  const uploaded = new Map<string, SpoolFile>()
  const list = text(job.ad, "TransferOutput")
  let missing: string | undefined
  if (list === undefined) {
    for (const [name, file] of files) {
      const input = job.inputs.get(name)
      if (!name.includes("/") && (input === undefined || !sameBytes(input.content, file.content))) {
        outputs.set(name, file)
      }
    }
  } else {
    for (const entry of list.split(",").map((one) => one.trim()).filter((one) => one !== "")) {
      const found = pick(files, entry)
      if (found === undefined) missing ??= entry
      for (const [name, file] of found ?? []) {
        const url = destination(job.ad, name)
        if (url === undefined) outputs.set(name, file)
        else uploaded.set(url, file)
      }
    }
  }
  for (const [attribute, content] of [["Out", stdout], ["Err", stderr]] as const) {
    const name = text(job.ad, attribute)
    if (name !== undefined && name !== "/dev/null" && name !== "") outputs.set(name, plainFile(content))
  }
  return { outputs, uploaded, missing }
}
