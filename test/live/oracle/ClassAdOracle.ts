/** HTCondor's own ClassAd library and ours, on the same cases, and the allowed differences. */
import { Effect, Path, Result, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { wholeSeconds } from "../../../src/classad/Conversion.ts"
import { Evaluator, type Expr, Parser, Printer, type SyntaxError, Value } from "../../../src/classad/index.ts"
import type { Case } from "./ClassAdCases.ts"

/** The answer to a case: a type and a text, or no value if the case is no ClassAd. */
export type Answer = { readonly value: readonly [type: string, text: string] } | { readonly refused: true } | "crashed"

const Line = Schema.fromJsonString(Schema.Union([
  Schema.Struct({ value: Schema.Tuple([Schema.String, Schema.String]) }),
  Schema.Struct({ refused: Schema.Literal(true) })
]))
const decode = Schema.decodeUnknownSync(Line)
const decodeTree = Schema.decodeUnknownSync(
  Schema.fromJsonString(Schema.Struct({ text: Schema.NullOr(Schema.String) }))
)

/** Number of cases for one process. Some cases crash it; the remaining ones are then passed to a new process. */
const batch = 500

/** The lines that a program of the stack prints for an input. Times are in UTC. */
export const linesOf = Effect.fnUntraced(function*(program: string, args: ReadonlyArray<string>, input = "") {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const handle = yield* spawner.spawn(
    ChildProcess.make(program, args, {
      stdin: Stream.encodeText(Stream.make(input)),
      extendEnv: true,
      env: { TZ: "UTC" },
      stderr: "ignore"
    })
  )
  const text = yield* Stream.mkString(Stream.decodeText(handle.stdout))
  return text.split("\n").filter((line) => line !== "")
}, Effect.scoped)

/** The answers of HTCondor's library. */
export const theirs = Effect.fnUntraced(function*(binDirectory: string, all: ReadonlyArray<Case>) {
  const path = yield* Path.Path
  const script = path.join(import.meta.dirname, "classad.py")
  const answers: Array<Answer> = []
  while (answers.length < all.length) {
    const asked = all.slice(answers.length, answers.length + batch)
    const input = asked.map((one) => `${JSON.stringify(one)}\n`).join("")
    const lines = yield* linesOf(path.join(binDirectory, "condor_python3"), [script], input)
    for (const line of lines) answers.push(decode(line))
    if (lines.length < asked.length) answers.push("crashed")
  }
  return answers
})

/** The form in which HTCondor's library prints each text; nothing where it refuses the text or crashes. */
export const reprinted = Effect.fnUntraced(function*(binDirectory: string, texts: ReadonlyArray<string>) {
  const path = yield* Path.Path
  const script = path.join(import.meta.dirname, "classad.py")
  const answers: Array<string | undefined> = []
  while (answers.length < texts.length) {
    const asked = texts.slice(answers.length, answers.length + batch)
    const input = asked.map((tree) => `${JSON.stringify({ tree })}\n`).join("")
    const lines = yield* linesOf(path.join(binDirectory, "condor_python3"), [script], input)
    for (const line of lines) answers.push(decodeTree(line).text ?? undefined)
    if (lines.length < asked.length) answers.push(undefined)
  }
  return answers
})

/** The type of a value, and its text as HTCondor's bindings give it. */
export const show = (value: Value.Value): readonly [type: string, text: string] => {
  switch (value._tag) {
    case "String":
      return ["String", value.value]
    case "RelativeTime":
      // The bindings return whole seconds.
      return [value._tag, Printer.print(Value.toExpr({ ...value, seconds: wholeSeconds(value) }))]
    default:
      return [value._tag, Printer.print(Value.toExpr(value), { exact: true })]
  }
}

/** Options that make our library read and evaluate as one version does. */
export type Options = Pick<Evaluator.Options, "version">
export const optionsOf: Readonly<Record<"latest" | "lts", Options>> = {
  latest: { version: "25.14" },
  lts: { version: "23.9" }
}

const sources = { now: 1_700_000_000, random: () => 0 }

type ReadAd = Result.Result<Expr.Ad, SyntaxError.ClassAdSyntaxError>

/** The ad with the case's expression in it. The script builds the same. */
const probed = ({ expr, my }: Case): string => `${my.slice(0, -1)}; Probe_ = ${expr}\n]`

const evaluated = (my: string, target: string | null, options: Options, around?: string): Answer => {
  const left: ReadAd = Parser.parseAd(my, options)
  const enclosing: ReadAd = around === undefined ? left : Parser.parseAd(around, options)
  const right: ReadAd | undefined = target === null ? undefined : Parser.parseAd(target, options)
  const probe = Result.isSuccess(left) ? left.success.members.get("probe_") : undefined
  if (Result.isFailure(left) || probe === undefined || Result.isFailure(enclosing)) return { refused: true }
  if (right !== undefined && Result.isFailure(right)) return { refused: true }
  const ads = { my: enclosing.success, target: right?.success, version: options.version }
  return { value: show(Evaluator.evaluateWith(probe.expr, sources, ads)) }
}

/** The answer of our library. */
export const ours = (one: Case, options: Options = {}): Answer => evaluated(probed(one), one.target, options)

/**
 * The same, but with the expression outside the ad. In `ours` the ad contains the expression, so that it can be seen
 * there.
 */
export const oursOutside = (one: Case, options: Options = {}): Answer =>
  evaluated(probed(one), one.target, options, one.my)

/**
 * Text without the second of two dots. HTCondor accepts two dots and digits as a number, but C does not: the value is
 * zero.
 */
const undoubled = (text: string, options: Options): string => {
  let left = text
  for (;;) {
    const read: ReadAd = Parser.parseAd(left, options)
    const offset = Result.isFailure(read) && read.failure.reason.startsWith("expected a name after")
      ? read.failure.offset
      : left.length
    const dots = /^\.(?:\.?[0-9]+(?:[eE][+-]?[0-9]+)?)?/.exec(left.slice(offset))?.[0]
    if (dots === undefined) return left
    left = dots === "."
      ? `${left.slice(0, offset)}${left.slice(offset + 1)}`
      : `${left.slice(0, offset - 1)} 0.0 ${left.slice(offset + dots.length)}`
  }
}

/** Text without the parts that HTCondor overlooks and we refuse: doubled dots, and anything after the end of an ad. */
const repaired = (text: string, options: Options): string => {
  const dotted = undoubled(text, options)
  for (let end = dotted.indexOf("]") + 1; end > 0; end = dotted.indexOf("]", end) + 1) {
    if (Result.isSuccess(Parser.parseAd(dotted.slice(0, end), options))) return dotted.slice(0, end)
  }
  return dotted
}

interface Quirk {
  readonly name: string
  readonly excuses: (one: Case, theirs: Answer, ours: Answer, options: Options) => boolean
}

const textOf = ({ expr, my, target }: Case): string => `${expr}${my}${target}`

/** Differences on purpose, and cases without an answer of HTCondor. `docs/classad.md` lists them, too. */
const quirks: ReadonlyArray<Quirk> = [
  {
    name: "two dots and trailing text are refused, and mean nothing to HTCondor",
    excuses: (one, theirs, ours, options) =>
      JSON.stringify(ours) === "{\"refused\":true}" &&
      JSON.stringify(evaluated(repaired(probed(one), options), one.target, options)) === JSON.stringify(theirs)
  },
  {
    name: "a comment that is not closed is refused, and another closing bracket to HTCondor after one",
    excuses: (one, _, ours) =>
      JSON.stringify(ours) === "{\"refused\":true}" &&
      [one.expr, one.my, one.target ?? ""].some((text) => /\]\s*\/\*(?![^]*\*\/)/.test(text))
  },
  {
    name: "23.9 reads a conditional that lacks a part",
    excuses: (one, _, ours, { version }) =>
      version === "23.9" && JSON.stringify(ours) === "{\"refused\":true}" && textOf(one).includes("?")
  },
  {
    name: "a replacement with a group that JavaScript would set in another way",
    excuses: (one, _, ours) =>
      ours !== "crashed" && "value" in ours && ours.value[0] === "Error" &&
      /\b(?:regexps|replace|replaceAll)\(.*\\\\[1-9]/i.test(textOf(one)) && /\(\?<[=!]|\)[*+?{]/.test(textOf(one))
  },
  {
    name: "the smallest duration, which stands for all beyond 32 bits, is printed as one that no text stands for",
    excuses: (_, theirs) => /--24855\+-3:-14:-8|Days = -24855;/.test(JSON.stringify(theirs))
  },
  {
    name: "the parts of a moment whose year is beyond 32 bits are those of other memory",
    excuses: (one, theirs) =>
      /(?:splitTime|formatTime)\(/i.test(textOf(one)) &&
      (/\d{7}|\?/.test(JSON.stringify(theirs)) || /922337203685477580|1e\d|pow\(/i.test(textOf(one)))
  },
  {
    name: "a moment's text that does not fit is followed by other memory",
    excuses: (one) => /formatTime\(/i.test(textOf(one)) && /%[-_0^#]*\d{4}/.test(textOf(one))
  },
  {
    name: "a selection from a list that a function made reads memory that is gone",
    // The list may be an attribute, too.
    excuses: (one) =>
      /\b(?:split\w*|argsToList|evalInEachContext)\(/i.test(textOf(one)) &&
      /(?:[)}\]]|\b[abcdl])\.(?!\d)|\bn\s*=\s*\{[^]*\bn\.|\bn\.[^]*\bn\s*=\s*\{/i.test(textOf(one))
  },
  {
    name: "without a moment it is the one of asking, and what is random is another each time",
    excuses: (one) => /\babsTime\(\s*\)|\btime\(\)\s*[^\s>)]|\brandom\(\s*(?:\)|[.\da])/i.test(textOf(one))
  },
  {
    name: "the bindings cannot read a name after a dot, which is printed without the quotes that it needs",
    excuses: (_, theirs, ours) =>
      theirs !== "crashed" && "value" in theirs && theirs.value[0] === "Error" && ours !== "crashed" &&
      "value" in ours && /^(?:List|Ad)Value$/.test(ours.value[0]) && Result.isFailure(Parser.parse(ours.value[1]))
  }
]

/** The quirk that excuses the difference between two answers. */
export const excuseOf = (one: Case, theirs: Answer, ours: Answer, options: Options = {}): string | undefined =>
  quirks.find(({ excuses }) => excuses(one, theirs, ours, options))?.name

/** Compares the answers to many cases. */
export const compare = (all: ReadonlyArray<Case>, answers: ReadonlyArray<Answer>, options: Options = {}) => {
  const differences: Array<Case & { readonly theirs: Answer; readonly ours: Answer }> = []
  const excused: Array<{ readonly quirk: string; readonly expr: string }> = []
  let crashes = 0
  for (const [index, one] of all.entries()) {
    const their = answers[index] ?? "crashed"
    // Where HTCondor crashes, ours still has a value.
    const our = ours(one, options)
    if (their === "crashed") {
      crashes++
      continue
    }
    if (JSON.stringify(their) === JSON.stringify(our)) continue
    const quirk = excuseOf(one, their, our, options)
    if (quirk === undefined) differences.push({ ...one, theirs: their, ours: our })
    else excused.push({ quirk, expr: one.expr })
  }
  return { differences, excused, crashes }
}
