/**
 * Where the files of a job belong at a destination. Pure.
 */
import type * as DateTime from "effect/DateTime"
import type * as Path from "effect/Path"
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import type { JobOutput, OutputFile } from "../../../contract/JobOutput.ts"
import type * as Tree from "../../../files/Tree.ts"
import type { Candidate } from "./FetchDecision.ts"
import * as Manifest from "./Manifest.ts"

/**
 * The names of the files that every job has.
 */
export const ownFiles = ({ log, stderr, stdout }: Candidate): ReadonlyArray<string> => [stdout, stderr, log]

const gathered = `${OutputWrapper.names.directory}/`

/**
 * Whether a wrapper has gathered it.
 */
export const isGathered = (name: string): boolean => name.startsWith(gathered)

/**
 * Whether it is moved for itself, and not with the directory that it is in.
 */
export const isMoved = (name: string): boolean => !nameOf(name).includes("/") && name !== OutputWrapper.names.directory

/**
 * What a file is called at the destination: one that a wrapper has gathered, as it was before.
 */
export const nameOf = (name: string): string => name.startsWith(gathered) ? name.slice(gathered.length) : name

/**
 * Where a file of a job belongs, in the job's directory.
 */
export const placeOf = (job: Candidate, name: string): string =>
  ownFiles(job).includes(name) ? name : `files/${nameOf(name)}`

/**
 * Where all that was transferred belongs, but for the directory that a wrapper has gathered in, which goes.
 */
export const placesOf = (job: Candidate, entries: ReadonlyArray<Tree.Entry>): ReadonlyArray<string> =>
  entries.flatMap(({ name }) => name === OutputWrapper.names.directory ? [] : [placeOf(job, name)])

/**
 * What a job's manifest says of its files, which will be in a directory.
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
 * All that a manifest names, and the directories that it is in.
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
