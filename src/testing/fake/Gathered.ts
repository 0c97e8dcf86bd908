/**
 * Imitates this library's output wrapper for a payload function.
 *
 * @since 0.1.0
 */
import * as OutputWrapper from "../../condor/OutputWrapper.ts"
import { baseName } from "../../condor/submit/Values.ts"
import { emptyDirectory, type PayloadJob, type SpoolFile } from "./Payload.ts"

const isWrapped = ({ executable, inputs }: PayloadJob): boolean =>
  executable === OutputWrapper.names.program && inputs.has(OutputWrapper.names.list)

/** The job as the wrapped payload sees it. */
export const unwrapped = (job: PayloadJob): PayloadJob => {
  if (!isWrapped(job)) return job
  const [program = "", ...args] = job.arguments
  return { ...job, executable: baseName(program), arguments: args }
}

// A glob pattern of the shell as a regular expression.
const matcher = (glob: string): RegExp => {
  const body = glob.replaceAll(
    /\[(!?)([^\]]+)\]|[*?]|[\\^$.|+(){}[\]]/g,
    (one, not: string | undefined, set: string) => {
      if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replaceAll("\\", "\\\\")}]`
      return one === "*" ? ".*" : one === "?" ? "." : `\\${one}`
    }
  )
  return new RegExp(`^${glob.startsWith(".") ? "" : "(?!\\.)"}${body}$`, "s")
}

/** The files that the payload leaves, with those that the wrapper gathers. */
export const gathered = (job: PayloadJob, files: ReadonlyMap<string, SpoolFile>): ReadonlyMap<string, SpoolFile> => {
  if (!isWrapped(job)) return files
  const list = new TextDecoder().decode(job.inputs.get(OutputWrapper.names.list)?.content)
  const wanted = list.split("\n").filter((line) => line !== "").map((line) => {
    const rest = line.slice(1)
    if (line.startsWith("n")) return (name: string) => name === rest
    const matches = matcher(rest)
    return (name: string) => matches.test(name) && !job.inputs.has(name)
  })
  const { directory } = OutputWrapper.names
  return new Map([
    ...files,
    [`${directory}/`, emptyDirectory] as const,
    ...Array.from(files)
      .filter(([name]) => !name.includes("/") && wanted.some((isWanted) => isWanted(name)))
      .map(([name, file]) => [`${directory}/${name}`, file] as const)
  ])
}
