/**
 * The sandbox of a job: what its process gets from the job ad, and which of its files become output.
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

/** Replaces each `$$(name)` by the attribute of the job's machine. An attribute that the machine lacks is `unknown`. */
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

/** The name that HTCondor gives to a file from a URL. */
const urlName = (url: string): string => baseName(url.replace(/\?.*$/s, ""))

/** The URL to which a job sends an output, if there is one. */
export const destination = (ad: ClassAd.ClassAd, name: string): string | undefined => {
  const place = Remaps.find(Remaps.parse(text(ad, "TransferOutputRemaps") ?? ""), name)
  return place !== undefined && isUrl(place) ? place : undefined
}

/** The job as its process sees it, or the name of a `$$(name)` that the machine lacks. */
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

/** The output of a process: its working directory, stdout and stderr. */
export interface Leavings {
  readonly files: ReadonlyMap<string, SpoolFile>
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/** A file with the mode that a shell gives it. */
export const plainFile = (content: Uint8Array): SpoolFile => ({ content, mode: 0o644 })

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

// One entry of transfer_output_files: a file, or a directory. With `/` at the end, only the content of the directory is sent.
// Undefined if neither exists.
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
 * The files that are transferred when a process has ended: stdout, stderr and the requested files. Without a request, these
 * are the new and changed files of the working directory. `missing` is the first requested file that does not exist.
 * `uploaded` has the files that are sent to URLs.
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
