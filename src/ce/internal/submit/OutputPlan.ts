/**
 * Plans which outputs of a job come back, and which files are sent along for that. Pure.
 */
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import * as SubmitValue from "../../../condor/SubmitValue.ts"
import * as Url from "../../../condor/Url.ts"
import type { DirectoryOutput, GlobOutput, NamedOutput, OptionalOutput } from "../../../contract/OutputMember.ts"
import { isUrl, type SubmissionSpec } from "../../../contract/Submission.ts"
import type { Site } from "../../Site.ts"
import type * as FieldErrors from "./FieldErrors.ts"
import * as FileNames from "./FileNames.ts"
import * as SiteRules from "./SiteRules.ts"

/**
 * - `outputs`: the names of files that are transferred back
 * - `uploads`: the files that the execution point sends to URLs
 * - `directories`: empty directories that are sent, so that they exist
 * - `wanted`: the outputs that the wrapper gathers; empty if no wrapper is needed
 */
export interface OutputPlan {
  readonly outputs: ReadonlyArray<string>
  readonly uploads: ReadonlyArray<{ readonly name: string; readonly url: string }>
  readonly directories: ReadonlyArray<string>
  readonly wanted: ReadonlyArray<OutputWrapper.Wanted>
}

// Names that this library uses beside stdout and stderr at the destination. Other outputs have a separate directory.
const besideStdout = /^(?:manifest\.json|files)$/

/**
 * The names of stdout and stderr. Claims them in `results`.
 */
export const streams = (spec: SubmissionSpec, refusals: FieldErrors.Refusals, results: FileNames.Names) => {
  const { stderr = "stderr", stdout = "stdout" } = spec
  for (const [field, name] of [["stdout", stdout], ["stderr", stderr]] as const) {
    refusals.check(SubmitValue.StreamName, name, field)
    if (besideStdout.test(name)) {
      refusals.refuse(field, `${JSON.stringify(name)} is a name that this library uses itself`)
    }
    FileNames.claim(refusals, name, field, results)
  }
  return { stdout, stderr }
}

/**
 * Plans the outputs of `copies` copies. `inputs` are the names of files in the job's directory at its start, and `results` those
 * of the files that come back.
 */
export const make = (
  spec: SubmissionSpec,
  copies: number,
  site: Site,
  refusals: FieldErrors.Refusals,
  { inputs, results }: { readonly inputs: FileNames.Names; readonly results: FileNames.Names }
): OutputPlan => {
  const { check, refuse } = refusals
  const outputs: Array<string> = []
  const uploads: Array<{ readonly name: string; readonly url: string }> = []
  const directories: Array<string> = []
  const wanted: Array<OutputWrapper.Wanted> = []

  const upload = (name: string, destination: string, field: string): void => {
    if (!isUrl(destination)) refuse(field, "is no URL")
    else SiteRules.checkUrl(site, Url.OutputUrl, destination, field, refusals)
    if (copies > 1 && !destination.includes(Url.copyPlaceholder)) {
      refuse(field, `all copies would write to it: put ${Url.copyPlaceholder} where their number belongs`)
    }
    if (uploads.some(({ url }) => url === destination)) refuse(field, "another output has the same destination")
    uploads.push({ name, url: destination })
  }

  const named = ({ destination, name }: NamedOutput, field: string): void => {
    check(destination === undefined ? SubmitValue.OutputName : SubmitValue.UploadName, name, `${field}.name`)
    FileNames.claim(refusals, name, `${field}.name`, results)
    if (destination === undefined) outputs.push(name)
    else upload(name, destination, `${field}.destination`)
  }

  // The directory is both an input and an output.
  const directory = ({ directory: name }: DirectoryOutput, member: string): void => {
    const field = `${member}.directory`
    if (check(SubmitValue.InputName, name, field)) check(SubmitValue.OutputName, name, field)
    FileNames.claim(refusals, name, field, results, inputs)
    inputs.set(name, field)
    outputs.push(name)
    directories.push(name)
  }

  const optional = ({ name }: OptionalOutput, member: string): void => {
    check(SubmitValue.OutputName, name, `${member}.name`)
    FileNames.claim(refusals, name, `${member}.name`, results)
    wanted.push({ name })
  }

  const pattern = ({ glob }: GlobOutput, member: string): void => {
    check(SubmitValue.Pattern, glob, `${member}.glob`)
    wanted.push({ glob })
  }

  for (const [index, output] of (spec.outputs ?? []).entries()) {
    const field = `outputs[${index}]`
    if (output.directory !== undefined) directory(output, field)
    else if (output.glob !== undefined) pattern(output, field)
    else if (output.optional === true) optional(output, field)
    else named(output, field)
  }
  if (wanted.length > 0) {
    for (const name of Object.values(OutputWrapper.names)) {
      const field = inputs.get(name) ?? results.get(name)
      if (field !== undefined) refuse(field, `${JSON.stringify(name)} is a name that this library uses itself`)
      inputs.set(name, "the output wrapper")
    }
    outputs.push(OutputWrapper.names.directory)
  }
  return { outputs, uploads, directories, wanted }
}
