/**
 * What a submission may ask of its site and of its route, and how the site's own wishes are told to `condor_submit`.
 */
import * as Schema from "effect/Schema"
import * as SiteCommands from "../../../condor/SiteCommands.ts"
import * as SubmitValue from "../../../condor/SubmitValue.ts"
import * as Url from "../../../condor/Url.ts"
import type { SubmissionSpec } from "../../../contract/Submission.ts"
import type { AttributeValue, Site } from "../../Site.ts"
import type { Refusals } from "./FieldErrors.ts"

/**
 * What `condor_submit` is told of a program: whether it is sent or is the machine's own, with which arguments, and in which
 * image it runs. A program that is `launched` by another is sent as an input, and nobody makes it executable.
 */
export interface Program {
  readonly executable: string
  readonly arguments: ReadonlyArray<string>
  readonly image?: string
  readonly launched: boolean
}

// Images of a registry, which the container runtime itself fetches.
const registries: ReadonlySet<string> = new Set(["docker", "oras"])

// HTCondor signs these with keys from files of the submitter, of which this library knows nothing.
const signed: ReadonlySet<string> = new Set(["s3", "gs"])

// Whatever the launcher knows.
const LaunchedImage = SubmitValue.Value.check(SubmitValue.noUser)

/**
 * Refuses a URL that a job cannot carry, or of a scheme that is not allowed.
 */
export const checkUrl = (
  { urlSchemes = [] }: Site,
  schema: Schema.Codec<string, string>,
  text: string,
  field: string,
  refusals: Refusals
): void => {
  const scheme = Url.scheme(text)
  if (!urlSchemes.some((allowed) => allowed.toLowerCase() === scheme)) {
    const allowed = urlSchemes.length === 0 ? "no URLs are" : `${urlSchemes.join(", ")} are`
    refusals.refuse(field, `URLs with the scheme ${JSON.stringify(scheme)} are not allowed at this site: ${allowed}`)
  } else if (signed.has(scheme)) {
    refusals.refuse(field, `this backend has no keys for ${scheme}:// URLs: give the https:// one`)
  } else refusals.check(schema, text, field)
}

/**
 * The program that a job runs for a payload, which is sent under the name `payload`. `claim` takes the name of a file of
 * the job's directory.
 */
export const program = (
  site: Site,
  spec: SubmissionSpec,
  payload: string,
  refusals: Refusals,
  claim: (name: string, field: string) => void
): Program => {
  const args = spec.arguments ?? []
  const plain: Program = { executable: payload, arguments: args, launched: false }
  if (spec.container === undefined) return plain
  const { image } = spec.container
  const { container } = site
  const field = "container.image"
  if (container === undefined) {
    refusals.refuse("container", "this backend was not told how images are run at this site")
    return plain
  }
  if (container._tag === "Native") {
    refusals.check(SubmitValue.Image, image, field)
    if (!image.startsWith("/") && !registries.has(Url.scheme(image))) {
      checkUrl(site, Url.InputUrl, image, field, refusals)
      claim(Url.fileName(image), field)
    }
    return { ...plain, image }
  }
  refusals.check(SubmitValue.RemotePath, container.executable, "container.executable")
  const before = container.arguments ?? []
  before.forEach((value, index) => refusals.check(SubmitValue.Value, value, `container.arguments[${index}]`))
  refusals.check(LaunchedImage, image, field)
  if (image.trim() === "") refusals.refuse(field, "there is no image")
  if (image.startsWith("-")) refusals.refuse(field, "an image that begins with \"-\" would be taken for an option")
  return {
    executable: container.executable,
    arguments: [...before, image, `./${payload}`, ...args],
    launched: true
  }
}

const expressionOf = (value: AttributeValue): string =>
  typeof value === "object" ? value.expression.trim() : SiteCommands.literal(value)

const twice = (names: ReadonlyArray<string>, field: string, refusals: Refusals): void => {
  const known = new Map<string, string>()
  for (const name of names) {
    const other = known.get(SiteCommands.plain(name))
    if (other !== undefined) refusals.refuse(`${field}.${name}`, `is the same as ${other}`)
    known.set(SiteCommands.plain(name), name)
  }
}

/**
 * The commands and attributes of a site, as a description has them.
 */
export const lines = (
  { siteAttributes = {}, siteCommands = {} }: Site,
  refusals: Refusals
): { readonly commands: Readonly<Record<string, string>>; readonly attributes: Readonly<Record<string, string>> } => {
  twice(Object.keys(siteCommands), "siteCommands", refusals)
  twice(Object.keys(siteAttributes), "siteAttributes", refusals)
  for (const [name, value] of Object.entries(siteCommands)) {
    const field = `siteCommands.${name}`
    if (refusals.check(SiteCommands.CommandName, name, field)) {
      refusals.check(SiteCommands.Commands, { [name]: value }, field)
    }
  }
  const attributes = Object.entries(siteAttributes).map(([key, value]) => {
    const field = `siteAttributes.${key}`
    const name = key.replace(/^(?:\+|my\.)/i, "")
    refusals.check(SiteCommands.AttributeName, name, field)
    if (typeof value === "number") refusals.check(Schema.Finite, value, field)
    if (typeof value === "string") refusals.check(SubmitValue.AttributeText, value, field)
    const expression = expressionOf(value)
    refusals.check(SiteCommands.Expression, expression, field)
    return [name, expression] as const
  })
  return { commands: siteCommands, attributes: Object.fromEntries(attributes) }
}

// What the library says itself of a job that is handed on, and of no other.
const owned: ReadonlySet<string> = new Set(["periodic_remove", "periodic_remove_reason"].map(SiteCommands.plain))

/**
 * Refuses what jobs that are handed on cannot do: another universe than theirs, and another removal.
 */
export const refuseHandedOn = (
  { container, siteAttributes = {}, siteCommands = {} }: Site,
  spec: Pick<SubmissionSpec, "container">,
  refusals: Refusals
): void => {
  if (spec.container !== undefined && container?._tag === "Native") {
    refusals.refuse("container", "by way of a submit host, images are run by a launcher alone")
  }
  for (const [field, names] of Object.entries({ siteCommands, siteAttributes })) {
    for (const name of Object.keys(names)) {
      if (owned.has(SiteCommands.plain(name))) {
        refusals.refuse(`${field}.${name}`, "on the route by a submit host, this is the library's")
      }
    }
  }
}
