/** Texts that have gone wrong with HTCondor, and arbitraries that are made of them. */
import { Arbitrary, Schema } from "effect"
import {
  AttributeText,
  EnvironmentValue,
  InputName,
  OutputName,
  StreamName,
  type SubmitDescription,
  Value
} from "../../src/condor/SubmitDescription.ts"

/** Values of one argument or variable: every one was run and read back. */
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

/** Text made of what the submit language gives a meaning, mixed with any text at all. */
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

/** Descriptions of between one and `rows` jobs, over the whole domain of the schema. */
export const description = (rows: number): Arbitrary.Arbitrary<SubmitDescription> =>
  Arbitrary.all({
    executable: inputName,
    arguments: Arbitrary.array(value, { maxLength: 5 }),
    inputs: Arbitrary.array(inputName, { maxLength: 4 }),
    copyInputs: Arbitrary.schema(Schema.Boolean),
    outputs: Arbitrary.array(outputName, { maxLength: 4 }),
    stdout: streamName,
    stderr: streamName,
    log: streamName,
    optional: Arbitrary.schema(optional),
    cpus: Arbitrary.schema(positive),
    queue: Arbitrary.array(attributeText, { maxLength: 1 }),
    leaveInQueueSeconds: Arbitrary.schema(positive),
    attributes: Arbitrary.array(attribute, { maxLength: 4 }),
    environments: Arbitrary.array(environment, { minLength: 1, maxLength: rows })
  }).pipe(
    Arbitrary.map(({ attributes, cpus, environments: [first, ...others], optional, queue: [queue], ...rest }) => ({
      ...rest,
      requests: { cpus, ...optional, ...(queue === undefined ? {} : { queue }) },
      attributes: Object.fromEntries(attributes),
      environments: [first ?? {}, ...others]
    }))
  )

const word = Arbitrary.schema(Schema.Literals(["ce@local", "ce.example.org", "[::1]:9619", "-", "é;#'"]))

/** Descriptions of jobs that stay, and of ones that another schedd hands on. */
export const routed = (rows: number): Arbitrary.Arbitrary<SubmitDescription> =>
  Arbitrary.all([
    description(rows),
    word,
    word,
    Arbitrary.array(word, { maxLength: 1 }),
    Arbitrary.schema(Schema.Boolean)
  ])
    .pipe(
      Arbitrary.map(([description, schedd, pool, [scitokensFile], isGrid]) =>
        isGrid
          ? {
            ...description,
            grid: { schedd, pool, ...(scitokensFile === undefined ? {} : { scitokensFile }) }
          }
          : description
      )
    )

/** The smallest description there is. */
export const smallest: SubmitDescription = {
  executable: "payload.sh",
  arguments: [],
  inputs: [],
  copyInputs: false,
  outputs: [],
  stdout: "stdout",
  stderr: "stderr",
  log: "job.log",
  requests: { cpus: 1 },
  leaveInQueueSeconds: 3_600,
  attributes: {},
  environments: [{}]
}

/** A text with one character removed, doubled or replaced, or cut short: what broken pipes and other versions produce. */
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
