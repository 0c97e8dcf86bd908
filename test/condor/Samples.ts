/** Texts that have caused errors with HTCondor, and arbitraries from them. */
import { Arbitrary, Schema, Struct } from "effect"
import * as SiteCommands from "../../src/condor/SiteCommands.ts"
import { CommandValue, Expression } from "../../src/condor/SiteCommands.ts"
import type { SubmitDescription } from "../../src/condor/SubmitDescription.ts"
import {
  AttributeText,
  EnvironmentValue,
  InputName,
  OutputName,
  StreamName,
  UploadName,
  Value
} from "../../src/condor/SubmitValue.ts"
import { InputUrl, OutputUrl } from "../../src/condor/Url.ts"

/** Values of one argument or variable. Each was sent through HTCondor and read back. */
export const nastyValues: ReadonlyArray<string> = [
  "",
  " ",
  " leading and trailing ",
  "\ttab\t",
  "'",
  "''",
  "it's",
  "\"",
  "\"\"",
  "say \"hi\"",
  "$HOME",
  "$",
  "$$",
  "$$$",
  "$(x)",
  "$$(x)",
  "$$$(x)",
  "$$$$(x)",
  "$$$$$(x)",
  "$$$$$$(x)",
  "$ENV(HOME)",
  "$$ENV(HOME)",
  "$RANDOM_CHOICE(1,2)",
  "$INT(1)",
  "$(DOLLAR)",
  "$(DOLLAR)$(DOLLAR)",
  "$$(DOLLAR)",
  "$(DOLLARDOLLAR)",
  "$$(DOLLARDOLLAR)",
  "$$$(DOLLARDOLLAR)(DOLLARDOLLAR)",
  "$$([1+1])",
  "$$[1+1]",
  "$$(Cpus)",
  "$'(x)",
  "$'(",
  "(",
  "((",
  "f(x)",
  "'('",
  "#",
  "# comment",
  ";",
  ",",
  "a, b",
  "\\",
  "\\\\",
  "trailing \\",
  "\\\"",
  "a\\\"b\\\\\"c",
  "\\n",
  "%d{}*?~<>|&!^`[]",
  "é ß 漢字 😀",
  "e\u0301\u00a0\u3000\ufeff",
  "\u0001",
  "\u007f\u0085",
  "\u2028\u2029",
  ")",
  "queue 5",
  "universe = local",
  "=",
  "-",
  "--",
  "-name",
  "\" \"",
  "1 \"'A=1'\""
]

const piece = Schema.Literals([
  "a",
  "B",
  "1",
  " ",
  "'",
  "\"",
  "\\",
  "$",
  "$$",
  "(",
  ")",
  "[",
  "]",
  "x",
  "ENV",
  "DOLLAR",
  "$(DOLLAR)",
  "$$(DOLLARDOLLAR)",
  "#",
  ";",
  ",",
  "=",
  "-",
  ".",
  "_",
  "*",
  "?",
  "{",
  "}",
  "%",
  "\t",
  "\u0001",
  "\u00a0",
  "\u2028",
  "é",
  "漢",
  "😀"
])

/** Text from parts with a meaning in the submit language, mixed with any text. */
const anyText: Arbitrary.Arbitrary<string> = Arbitrary.all([
  Arbitrary.array(Arbitrary.schema(piece), { maxLength: 8 }),
  Arbitrary.schema(Schema.Literals(["pieces", "pieces", "pieces", "text"])),
  Arbitrary.schema(Schema.String)
]).pipe(Arbitrary.map(([pieces, kind, text]) => kind === "text" ? text : pieces.join("")))

const textOf = (
  schema: { readonly is: (text: string) => boolean; readonly forbidden: RegExp; readonly fallback: string }
): Arbitrary.Arbitrary<string> =>
  anyText.pipe(Arbitrary.map((text) => {
    const cut = text.replace(schema.forbidden, "")
    return schema.is(cut) ? cut : schema.fallback
  }))

export const value = textOf({ is: Schema.is(Value), forbidden: /[\0\r\n\p{Cs}]/gu, fallback: "" })

export const environmentValue = textOf({
  is: Schema.is(EnvironmentValue),
  forbidden: /[\0\r\n\x1f\p{Cs}]/gu,
  fallback: ""
})

export const attributeText = textOf({ is: Schema.is(AttributeText), forbidden: /[\0\r\n\p{Cs}]/gu, fallback: "$$" })

export const inputName = textOf({ is: Schema.is(InputName), forbidden: /[/\\ ,\p{Cc}\p{Cs}]/gu, fallback: "$$x" })

export const outputName = textOf({
  is: Schema.is(OutputName),
  forbidden: /^[ "]+|[/,\p{Cc}\p{Cs}]|[ \\]+$/gu,
  fallback: "a b"
})

export const streamName = textOf({
  is: Schema.is(StreamName),
  forbidden: /^ +|[/\\;\p{Cc}\p{Cs}]| +$/gu,
  fallback: "\"s\""
})

const environmentName = textOf({
  is: (text) => text !== "",
  forbidden: /[=\0\r\n\x1f\p{Cs}]/gu,
  fallback: "$(NAME)"
})

export const environment: Arbitrary.Arbitrary<Record<string, string>> = Arbitrary.array(
  Arbitrary.all([environmentName, environmentValue]),
  { maxLength: 4 }
).pipe(Arbitrary.map(Object.fromEntries))

const positive = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000_000 }))

const optional = Schema.Struct({
  memoryMiB: Schema.optionalKey(positive),
  diskMiB: Schema.optionalKey(positive),
  gpus: Schema.optionalKey(positive),
  wallTimeSeconds: Schema.optionalKey(positive)
})

const attributeName = Schema.Literals(["EffectCEKey", "EffectCETag", "EffectCECopies", "EffectCEx9"])

const attribute: Arbitrary.Arbitrary<readonly [string, string | number]> = Arbitrary.all([
  Arbitrary.schema(attributeName),
  Arbitrary.schema(Schema.Boolean),
  attributeText,
  Arbitrary.schema(Schema.Int)
]).pipe(Arbitrary.map(([name, isText, text, integer]) => [name, isText ? text : integer + 0]))

const uploadName = textOf({
  is: Schema.is(UploadName),
  forbidden: /["\s=;\\/,\p{Cc}\p{Cs}]/gu,
  fallback: "result"
})

const urlPiece = Schema.Literals([
  "a",
  "Z",
  "0",
  ".",
  "_",
  "~",
  ":",
  "/",
  "?",
  "[",
  "]",
  "@",
  "!",
  "&",
  "'",
  "*",
  "+",
  "%20",
  "-"
])

const urlPath = Arbitrary.array(Arbitrary.schema(urlPiece), { maxLength: 8 }).pipe(Arbitrary.map((all) => all.join("")))

const scheme = Arbitrary.schema(Schema.Literals(["https", "osdf", "x-y+1.2"]))

const inputUrl: Arbitrary.Arbitrary<string> = Arbitrary.all([scheme, urlPath]).pipe(
  Arbitrary.map(([scheme, path]) => {
    const url = `${scheme}://host:80/${path}`
    return Schema.is(InputUrl)(url) ? url : `${scheme}:///d/in.txt?sig=a/b`
  })
)

const outputUrl: Arbitrary.Arbitrary<string> = Arbitrary.all([scheme, urlPath]).pipe(
  Arbitrary.map(([scheme, path]) => {
    const url = `${scheme}://host/{copy}/${path}-{copy}`
    return Schema.is(OutputUrl)(url) ? url : `${scheme}://host/out`
  })
)

const image = Schema.Literals([
  "docker://debian:13",
  "docker://debian@sha256:0a",
  "docker://a.org/b@sha256:0a",
  "/cvmfs/unpacked.example.org/a:b@c",
  "https://host/a.sif"
])

const siteCommand: Arbitrary.Arbitrary<readonly [string, string]> = Arbitrary.all([
  Arbitrary.schema(Schema.Literals(["Description", "submit_event_notes", "notify_user"])),
  textOf({ is: Schema.is(CommandValue), forbidden: /^\s+|[\0\r\n\p{Cs}]|[\s\\]+$/gu, fallback: "$(x) # \"y\"" })
])

const siteAttribute: Arbitrary.Arbitrary<readonly [string, string]> = Arbitrary.all([
  Arbitrary.schema(Schema.Literals(["WantWholeNode", "JobSite", "x", "toString"])),
  attributeText,
  Arbitrary.schema(Schema.Literals(["text", "7", "-1.5", "true", "JobStatus == 5 && time() > 3", "{ 1, \"$(x)\" }"]))
]).pipe(Arbitrary.map(([name, text, kind]) => {
  const literal = SiteCommands.literal(text)
  return [name, kind === "text" ? (Schema.is(Expression)(literal) ? literal : "\"\"") : kind]
}))

/** Descriptions of one to `rows` jobs, over the whole domain of the schema. */
export const description = (rows: number): Arbitrary.Arbitrary<SubmitDescription> =>
  Arbitrary.all({
    executable: inputName,
    remote: Arbitrary.schema(Schema.Literals([false, false, true])),
    arguments: Arbitrary.array(value, { maxLength: 5 }),
    image: Arbitrary.array(Arbitrary.schema(image), { maxLength: 1 }),
    inputs: Arbitrary.array(inputName, { maxLength: 4 }),
    urls: Arbitrary.array(inputUrl, { maxLength: 2 }),
    copyInputs: Arbitrary.schema(Schema.Boolean),
    outputs: Arbitrary.array(outputName, { maxLength: 4 }),
    uploads: Arbitrary.array(Arbitrary.all({ name: uploadName, url: outputUrl }), { maxLength: 2 }),
    stdout: streamName,
    stderr: streamName,
    log: streamName,
    optional: Arbitrary.schema(optional),
    cpus: Arbitrary.schema(positive),
    queue: Arbitrary.array(attributeText, { maxLength: 1 }),
    leaveInQueueSeconds: Arbitrary.schema(positive),
    attributes: Arbitrary.array(attribute, { maxLength: 4 }),
    environments: Arbitrary.array(environment, { minLength: 1, maxLength: rows }),
    siteCommands: Arbitrary.array(siteCommand, { maxLength: 2 }),
    siteAttributes: Arbitrary.array(siteAttribute, { maxLength: 2 })
  }).pipe(
    Arbitrary.map(({
      attributes,
      cpus,
      environments: [first, ...others],
      executable,
      image: [image],
      optional,
      queue: [queue],
      remote,
      siteAttributes,
      siteCommands,
      ...rest
    }) => ({
      ...rest,
      executable: remote ? "/opt/a$b/run" : executable,
      ...(image === undefined ? {} : { image }),
      site: { commands: Object.fromEntries(siteCommands), attributes: Object.fromEntries(siteAttributes) },
      requests: { cpus, ...optional, ...(queue === undefined ? {} : { queue }) },
      attributes: Object.fromEntries(attributes),
      environments: [first ?? {}, ...others]
    }))
  )

const word = Arbitrary.schema(Schema.Literals(["ce@local", "ce.example.org", "[::1]:9619", "-", "é;#'"]))

/** Descriptions of jobs for a CE, and of jobs that another schedd hands over. */
export const routed = (rows: number): Arbitrary.Arbitrary<SubmitDescription> =>
  Arbitrary.all([
    description(rows),
    word,
    word,
    Arbitrary.array(word, { maxLength: 1 }),
    Arbitrary.schema(Schema.Boolean)
  ]).pipe(
    Arbitrary.map(([description, schedd, pool, [scitokensFile], isGrid]) =>
      isGrid
        ? {
          ...Struct.omit(description, ["image"]),
          grid: { schedd, pool, ...(scitokensFile === undefined ? {} : { scitokensFile: `/${scitokensFile}` }) }
        }
        : description
    )
  )

/** The smallest description. */
export const smallest: SubmitDescription = {
  executable: "payload.sh",
  arguments: [],
  inputs: [],
  urls: [],
  copyInputs: false,
  outputs: [],
  uploads: [],
  stdout: "stdout",
  stderr: "stderr",
  log: "job.log",
  requests: { cpus: 1 },
  leaveInQueueSeconds: 3_600,
  attributes: {},
  environments: [{}],
  site: { commands: {}, attributes: {} }
}

/** A text with one character removed, doubled or replaced, or a truncated text: broken pipes and other versions produce such texts. */
export const mutated = (texts: readonly [string, ...ReadonlyArray<string>]): Arbitrary.Arbitrary<string> => {
  const [first] = texts
  return Arbitrary.all([
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: texts.length - 1 }))),
    Arbitrary.schema(Schema.Literals(["cut", "remove", "double", "replace", "insert", "line", "join"])),
    Arbitrary.schema(Schema.Natural),
    Arbitrary.schema(Schema.Union([Schema.String, piece, Schema.Literals(["\0", "\r\n", "\n", "\ufffd", "__proto__"])]))
  ]).pipe(Arbitrary.map(([which, how, where, text]) => {
    const base = texts[which] ?? first
    const at = base.length === 0 ? 0 : where % base.length
    switch (how) {
      case "cut":
        return base.slice(0, at)
      case "remove":
        return base.slice(0, at) + base.slice(at + 1)
      case "double":
        return base.slice(0, at) + base.slice(0, at)
      case "replace":
        return base.slice(0, at) + text + base.slice(at + 1)
      case "insert":
        return base.slice(0, at) + text + base.slice(at)
      case "line":
        return base.split("\n").filter((_, index) => index !== at % base.split("\n").length).join("\n")
      case "join":
        return base + text + base
    }
  }))
}
