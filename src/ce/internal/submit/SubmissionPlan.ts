/**
 * Plans a submission: its submit description, and the files beside it. Pure.
 */
import * as Duration from "effect/Duration"
import type * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { GridResource } from "../../../condor/GridUniverse.ts"
import * as OutputWrapper from "../../../condor/OutputWrapper.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import * as SubmitDescription from "../../../condor/SubmitDescription.ts"
import * as SubmitValue from "../../../condor/SubmitValue.ts"
import * as Url from "../../../condor/Url.ts"
import type { InvalidSubmission } from "../../../contract/BackendError.ts"
import {
  type Copy,
  EnvironmentName,
  isUrl,
  OneLine,
  Resources,
  type SubmissionSpec
} from "../../../contract/Submission.ts"
import type { SubmissionKey } from "../../../contract/SubmissionKey.ts"
import type { Settings } from "../../Config.ts"
import type { Site } from "../../Site.ts"
import * as FieldErrors from "./FieldErrors.ts"
import * as FileNames from "./FileNames.ts"
import * as OutputPlan from "./OutputPlan.ts"
import * as SiteRules from "./SiteRules.ts"

/**
 * The name of the job's event log, in its spool directory at the CE and at the destination.
 */
export const logName = "job.log"

/**
 * The name of the proxy certificate, in the submit directory and in the job's directory. `X509_USER_PROXY` has it there.
 */
export const proxyName = "x509up"

// The executable is beside these names in the submit directory.
const ours: ReadonlySet<string> = new Set(["inputs", "copies", "submission.sub"])

/**
 * - `description`: for `condor_submit`
 * - `executable`, `inputs`: links to make, from a name in the submit directory to a path on this host. If another program
 *   launches the executable, it is one of the inputs, and must be executable on this host.
 * - `directories`: empty directories to make beside the inputs
 * - `wanted`: the outputs that the wrapper gathers, which then runs the executable; empty without a wrapper
 * - `secrets`: for each copy, file name -> content
 */
export interface SubmissionPlan {
  readonly description: SubmitDescription.SubmitDescription
  readonly executable: {
    readonly name: string
    readonly source: string
    readonly launched: boolean
    readonly isInput: boolean
  }
  readonly inputs: ReadonlyArray<{ readonly name: string; readonly source: string; readonly field: string }>
  readonly directories: ReadonlyArray<string>
  readonly wanted: ReadonlyArray<OutputWrapper.Wanted>
  readonly secrets: ReadonlyArray<ReadonlyMap<string, Redacted.Redacted<string | Uint8Array>>>
}

const baseName = (path: string): string => path.slice(path.lastIndexOf("/") + 1)

const isInputName = Schema.is(SubmitValue.InputName)

const decodeDescription = Schema.decodeUnknownResult(SubmitDescription.SubmitDescription)

type SiteSettings = Site & Pick<Settings, "retention" | "proxy">

const checkEnvironment = (
  { check }: FieldErrors.Refusals,
  environment: Readonly<Record<string, string>>,
  field: string
): void => {
  for (const [name, value] of Object.entries(environment)) {
    check(EnvironmentName, name, `${field}.${name}`)
    check(SubmitValue.EnvironmentValue, value, `${field}.${name}`)
  }
}

// The name of the executable in the submit directory: its own name, if that is possible.
const executableName = (spec: SubmissionSpec, { proxy }: SiteSettings): string => {
  const ownName = baseName(spec.executable)
  const isFree = !FileNames.isReserved(ownName) && !ours.has(ownName) && !(proxy && ownName === proxyName)
  return isInputName(ownName) && isFree ? ownName : "executable"
}

const planInputs = (
  spec: SubmissionSpec,
  settings: SiteSettings,
  refusals: FieldErrors.Refusals,
  taken: FileNames.Names
) => {
  const { check, refuse } = refusals
  const urls: Array<string> = []
  const inputs = (spec.inputs ?? []).flatMap(({ name, source }, index) => {
    const field = `inputs[${index}].source`
    check(SubmitValue.InputName, name, `inputs[${index}].name`)
    FileNames.claim(refusals, name, `inputs[${index}].name`, taken)
    if (!isUrl(source)) return [{ name, source, field }]
    SiteRules.checkUrl(settings, Url.InputUrl, source, field, refusals)
    const given = Url.fileName(source)
    if (given !== name) {
      refuse(`inputs[${index}].name`, `HTCondor calls what it has from this URL ${JSON.stringify(given)}`)
    }
    urls.push(source)
    return []
  })
  return { inputs, urls }
}

const checkRequests = ({ resources = {}, tag }: SubmissionSpec, { check }: FieldErrors.Refusals): void => {
  check(Resources, resources, "resources")
  if (resources.queue !== undefined) check(SubmitValue.AttributeText, resources.queue, "resources.queue")
  if (tag !== undefined) check(SubmitValue.AttributeText, tag, "tag")
}

const planSecrets = (copies: ReadonlyArray<Copy>, refusals: FieldErrors.Refusals, taken: FileNames.Names) =>
  copies.map((copy, index) => {
    checkEnvironment(refusals, copy.environment ?? {}, `copies[${index}].environment`)
    const names: FileNames.Names = new Map()
    const entries = Object.entries(copy.secrets ?? {})
    for (const [name] of entries) {
      refusals.check(SubmitValue.InputName, name, `copies[${index}].secrets.${name}`)
      FileNames.claim(refusals, name, `copies[${index}].secrets.${name}`, names, taken)
    }
    return new Map(entries)
  })

/**
 * Plans a submission. Fails with the errors of all fields that an HTCondor-CE cannot honour.
 */
export const make = (
  spec: SubmissionSpec,
  copies: ReadonlyArray<Copy>,
  key: SubmissionKey,
  settings: SiteSettings,
  grid?: GridResource
): Result.Result<SubmissionPlan, InvalidSubmission> => {
  const refusals = FieldErrors.make()
  const { check, refuse } = refusals
  const ofProxy = settings.proxy ? [[proxyName, "the proxy certificate"]] as const : []
  if (isUrl(spec.executable)) refuse("executable", "a URL cannot be executed: give a path on this host")
  const executable = executableName(spec, settings)
  const taken: FileNames.Names = new Map([[executable, "executable"], ...ofProxy])
  spec.arguments?.forEach((value, index) => check(OneLine, value, `arguments[${index}]`))
  checkEnvironment(refusals, spec.environment ?? {}, "environment")
  const { inputs, urls } = planInputs(spec, settings, refusals, taken)
  const program = SiteRules.program(
    settings,
    spec,
    executable,
    refusals,
    (name, field) => FileNames.claim(refusals, name, field, taken)
  )
  // As an output, the proxy would bring its private key back.
  const results: FileNames.Names = new Map(ofProxy)
  const { stderr, stdout } = OutputPlan.streams(spec, refusals, results)
  const { directories, outputs, uploads, wanted } = OutputPlan.make(spec, copies.length, settings, refusals, {
    inputs: taken,
    results
  })
  checkRequests(spec, refusals)
  const secrets = planSecrets(copies, refusals, taken)
  const site = SiteRules.lines(settings, refusals)
  if (grid !== undefined) SiteRules.refuseHandedOn(settings, spec, refusals)
  const { gpus, ...requests } = spec.resources ?? {}
  const wraps = wanted.length > 0
  // If another program launches the payload, for example in an image, the wrapper runs that program.
  const isInput = program.launched || wraps
  const description = decodeDescription({
    executable: wraps ? OutputWrapper.names.program : program.executable,
    arguments: wraps
      ? [program.launched ? program.executable : `./${executable}`, ...program.arguments]
      : program.arguments,
    ...(program.image === undefined ? {} : { image: program.image }),
    inputs: [
      ...(isInput ? [executable] : []),
      ...inputs.map((input) => input.name),
      ...directories,
      ...(wraps ? [OutputWrapper.names.list] : [])
    ],
    urls,
    copyInputs: secrets.some((files) => files.size > 0),
    outputs,
    uploads,
    stdout,
    stderr,
    log: logName,
    ...(settings.proxy ? { proxy: proxyName } : {}),
    ...(grid === undefined ? {} : { grid }),
    requests: { cpus: 1, ...requests, ...(gpus === undefined || gpus === 0 ? {} : { gpus }) },
    leaveInQueueSeconds: Math.max(1, Math.ceil(Duration.toSeconds(settings.retention))),
    attributes: {
      [OwnAttributes.names.format]: OwnAttributes.format,
      [OwnAttributes.names.key]: key,
      [OwnAttributes.names.copies]: copies.length,
      ...(spec.tag === undefined ? {} : { [OwnAttributes.names.tag]: spec.tag })
    },
    environments: copies.map((copy) => ({ ...spec.environment, ...copy.environment })),
    site
  })

  const problem = refusals.failure()
  if (problem !== undefined) return Result.fail(problem)
  return Result.isSuccess(description)
    ? Result.succeed({
      description: description.success,
      executable: { name: executable, source: spec.executable, launched: program.launched, isInput },
      inputs,
      directories,
      wanted,
      secrets
    })
    : Result.fail(FieldErrors.one("submission", description.failure.message))
}

/**
 * The plan for `count` of the copies, starting with number `first`.
 */
export const part = (plan: SubmissionPlan, first: number, count: number): SubmissionPlan => {
  const [head, ...tail] = plan.description.environments.slice(first, first + count)
  return head === undefined ? plan : {
    ...plan,
    description: { ...plan.description, ...(first === 0 ? {} : { firstCopy: first }), environments: [head, ...tail] },
    secrets: plan.secrets.slice(first, first + count)
  }
}
