/**
 * The places of a job's files at a destination. Pure.
 */
import type * as DateTime from "effect/DateTime"
import type * as Path from "effect/Path"
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import type { JobOutput, OutputFile } from "../../../contract/JobOutput.ts"
import type * as Tree from "../../../files/Tree.ts"
import type { Candidate } from "./FetchDecision.ts"
import * as Manifest from "./Manifest.ts"

/**
 * The names of the three files that every job has: stdout, stderr and the log.
 */
export const ownFiles = ({ log, stderr, stdout }: Candidate): ReadonlyArray<string> => [stdout, stderr, log]

const gathered = `${OutputWrapper.names.directory}/`

/**
 * Whether the output wrapper has gathered this file in its directory.
 */
export const isGathered = (name: string): boolean => name.startsWith(gathered)

/**
 * Whether the file is moved separately. All other files are moved with their directory.
 */
export const isMoved = (name: string): boolean => !nameOf(name).includes("/") && name !== OutputWrapper.names.directory

/**
 * The name of a file at the destination. A file that a wrapper has gathered has its original name again.
 */
export const nameOf = (name: string): string => name.startsWith(gathered) ? name.slice(gathered.length) : name

/**
 * The path of a file within the job's directory at the destination.
 */
export const placeOf = (job: Candidate, name: string): string =>
  ownFiles(job).includes(name) ? name : `files/${nameOf(name)}`

/**
 * The places of all transferred files. The wrapper's own directory has none: it is removed.
 */
export const placesOf = (job: Candidate, entries: ReadonlyArray<Tree.Entry>): ReadonlyArray<string> =>
  entries.flatMap(({ name }) => name === OutputWrapper.names.directory ? [] : [placeOf(job, name)])

/**
 * The output of a job, for its manifest. `directory` is its place at the destination.
 */
export const describe = (
  path: Path.Path,
  job: Candidate,
  directory: string,
  files: ReadonlyMap<string, Tree.Entry>,
  retrievedAt: DateTime.Utc
): JobOutput => {
  const fileOf = (name: string): OutputFile => {
    const { mode = 0, size = 0 } = files.get(name) ?? {}
    return { name: nameOf(name), path: path.join(directory, placeOf(job, name)), size, mode: mode & 0o777 }
  }
  return {
    handle: job.handle,
    directory,
    manifest: path.join(directory, Manifest.fileName),
    stdout: fileOf(job.stdout),
    stderr: fileOf(job.stderr),
    log: fileOf(job.log),
    files: Array.from(files.keys()).filter((name) => !ownFiles(job).includes(name)).map(fileOf),
    exit: job.exit,
    record: job.record,
    retrievedAt,
    released: false
  }
}

/**
 * The paths of all files that a manifest names, and of the directories that contain them.
 */
export const partsOf = (
  path: Path.Path,
  { directory, files, log, manifest, stderr, stdout }: JobOutput
): ReadonlyArray<string> => {
  const parts = new Set([manifest, directory])
  for (const file of [stdout, stderr, log, ...files]) {
    for (let one = file.path; !parts.has(one) && one !== path.dirname(one); one = path.dirname(one)) parts.add(one)
  }
  return Array.from(parts)
}
