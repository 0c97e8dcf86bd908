/**
 * Checks a submission against the rules of its site and route, and adds the commands and attributes of the site.
 */
import * as Schema from "effect/Schema"
import * as SiteCommands from "../../../condor/SiteCommands.ts"
import * as SubmitValue from "../../../condor/SubmitValue.ts"
import * as Url from "../../../condor/Url.ts"
import type { SubmissionSpec } from "../../../contract/Submission.ts"
import type { AttributeValue, Site } from "../../Site.ts"
import type { Refusals } from "./FieldErrors.ts"

/**
 * The program of a job in the submit description.
 *
 * - `executable`: the file to send, or a path on the execution point
 * - `image`: the image in which HTCondor runs it
 * - `launched`: another program runs the payload. The payload is then an input, and nothing makes it executable.
 */
export interface Program {
  readonly executable: string
  readonly arguments: ReadonlyArray<string>
  readonly image?: string
  readonly launched: boolean
}

// Images in a registry, which the container runtime downloads.
const registries: ReadonlySet<string> = new Set(["docker", "oras"])

// HTCondor signs these URLs with keys from files of the submitter. This library has no option for them.
const signed: ReadonlySet<string> = new Set(["s3", "gs"])

// Any text that a launcher may accept.
const LaunchedImage = SubmitValue.Value.check(SubmitValue.noUser)

/**
 * Refuses a URL that a job cannot carry, or whose scheme is not allowed.
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
 * The program that a job runs for a payload. The payload is sent with the name `payload`. `claim` reserves the name of a file in
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
    refusals.refuse("container", "the configuration of this backend does not say how images are run at this site")
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
 * The submit commands and attributes of a site, as in a submit description.
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

// The library sets these commands itself for grid jobs, and only for those.
const owned: ReadonlySet<string> = new Set(["periodic_remove", "periodic_remove_reason"].map(SiteCommands.plain))

/**
 * Refuses options that grid jobs cannot have: another universe, and another expression for their removal.
 */
export const refuseHandedOn = (
  { container, siteAttributes = {}, siteCommands = {} }: Site,
  spec: Pick<SubmissionSpec, "container">,
  refusals: Refusals
): void => {
  if (spec.container !== undefined && container?._tag === "Native") {
    refusals.refuse("container", "through a submit host, only a launcher can run images")
  }
  for (const [field, names] of Object.entries({ siteCommands, siteAttributes })) {
    for (const name of Object.keys(names)) {
      if (owned.has(SiteCommands.plain(name))) {
        refusals.refuse(`${field}.${name}`, "for jobs through a submit host, the library sets this")
      }
    }
  }
}
