/**
 * Damaged output of the tools: every parser returns a value or a typed failure, and in time.
 * `HTCONDOR_CE_BAD_INPUT_SEED` chooses other texts than those of each run.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Config, Effect, FileSystem, Option, Path, Result, Schema } from "effect"
import { ClassAd, Json, Long, Parser, Printer } from "../../src/classad/index.ts"
import * as HoldReason from "../../src/condor/HoldReason.ts"
import * as JobAd from "../../src/condor/JobAd.ts"
import * as JobId from "../../src/condor/JobId.ts"
import * as JobState from "../../src/condor/JobState.ts"
import * as Lines from "../../src/condor/submit/Lines.ts"
import * as Values from "../../src/condor/submit/Values.ts"
import * as SubmitDescription from "../../src/condor/SubmitDescription.ts"
import * as SubmitValue from "../../src/condor/SubmitValue.ts"
import * as Ping from "../../src/condor/tools/Ping.ts"
import * as ToolFailure from "../../src/condor/tools/ToolFailure.ts"
import * as ToolOutput from "../../src/condor/tools/ToolOutput.ts"
import * as Trace from "../../src/condor/tools/Trace.ts"
import * as JobHandle from "../../src/contract/JobHandle.ts"
import { handle } from "../contract/Handles.ts"
import { situations } from "../transcripts/Situations.ts"
import { isLong } from "../Volume.ts"
import * as Damage from "./Damage.ts"
import * as Samples from "./Samples.ts"

type Kind = "printed" | "failed" | "ad" | "submit" | "handle"

/** Reads a text. True if the answer is of the type in the signature. */
type Reader = (text: string) => boolean

const typed = <A, E>(result: Result.Result<A, E>, holds: (value: A) => boolean = () => true): boolean =>
  Result.isSuccess(result)
    ? holds(result.success)
    : typeof result.failure === "string" || (result.failure instanceof Error && "_tag" in result.failure)

const decoded = <A>(schema: Schema.Codec<A, string>, holds?: (value: A) => boolean): Reader => {
  const decode = Schema.decodeUnknownResult(schema)
  return (text) => typed(decode(text), holds)
}

const fromJson = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Unknown))

const jobAd = (ad: JobAd.JobAd): boolean =>
  Schema.is(JobState.JobState)(JobState.fromAd(ad)) && typeof HoldReason.nameOf(ad.HoldReasonCode ?? 0) === "string"

const readers: Readonly<Record<Kind, Readonly<Record<string, Reader>>>> = {
  printed: {
    "ToolOutput.submittedJobs": (text) => ToolOutput.submittedJobs(text).every((id) => id instanceof JobId.JobId),
    "ToolOutput.ads": (text) => typed(ToolOutput.ads(text), (ads) => ads.every(({ ad }) => typed(ad, jobAd))),
    "ToolOutput.removals": (text) =>
      Array.from(ToolOutput.results(text).values()).every((one) => typeof one === "string"),
    "ToolOutput.scheddNames": (text) => ToolOutput.scheddNames(text).every((name) => name !== ""),
    "ToolOutput.reader, in pieces": (text) => {
      const { end, push } = ToolOutput.reader(() => undefined)
      for (let from = 0; from < text.length; from += 7) push(text.slice(from, from + 7))
      return typed(end()) && Result.isSuccess(end()) === Result.isSuccess(ToolOutput.ads(text))
    },
    "Ping.read": (text) => ["undefined", "object"].includes(typeof Ping.read(text, "READ")),
    "Ping.versionIn": (text) => ["undefined", "string"].includes(typeof Ping.versionIn(text)),
    "JobAd.fromJson": (text) => typed(Result.flatMap(fromJson(text), (value) => JobAd.fromJson(value)), jobAd),
    "Json.parseAll": (text) => typed(Json.parseAll(text), (ads) => ads.every((ad) => Json.print(ad) !== "")),
    "Long.parseAll": (text) => typed(Long.parseAll(text), (ads) => ads.every((ad) => typed(Long.print(ad))))
  },
  failed: {
    "ToolFailure.classify": (text) =>
      ToolFailure.classify({ exitCode: 1, stdout: text.slice(0, 100), stderr: text }) !== undefined,
    "ToolFailure.words": (text) => ToolFailure.words({ exitCode: 1, stdout: text, stderr: "" }).length <= 2_001,
    "ToolOutput.blamedJob": (text) => ["undefined", "string"].includes(typeof ToolOutput.blamedJob(text)),
    "ToolFailure.retry": (text) => ToolFailure.retry({ exitCode: 1, stdout: "", stderr: text }).length > 0,
    "ToolFailure.rejection": (text) =>
      ["undefined", "string"].includes(typeof ToolFailure.rejection({ exitCode: 1, stdout: "", stderr: text })),
    "ToolOutput.warnings": (text) => ToolOutput.warnings(text).every((one) => one !== ""),
    "Trace.read": (text) => !Trace.read({ exitCode: 1, stdout: "", stderr: text }).said.includes("\n"),
    "JobId.fromString": (text) => Option.isOption(JobId.fromString(text)),
    "Long.parse": (text) => typed(Long.parse(text))
  },
  ad: {
    "ClassAd.fromNew": decoded(ClassAd.fromNew, (ad) => Printer.print(ad) !== ""),
    "ClassAd.fromLong": decoded(ClassAd.fromLong),
    "ClassAd.fromJson": decoded(ClassAd.fromJson),
    "ClassAd.ExprFromText": decoded(ClassAd.ExprFromText, (expr) => Printer.print(expr, { exact: true }) !== ""),
    "Parser.parse, as before 23.9": (text) =>
      typed(
        Parser.parse(text, { scaleSuffixes: true, bases: true, version: "23.9", semantics: "strict", strings: "old" })
      )
  },
  submit: {
    "Lines.lines": (text) => Lines.lines(text).every((line) => line.number >= 1),
    "Values.args": (text) => typed(Values.args(text)),
    "Values.environment": (text) => typed(Values.environment(text)),
    "Values.integerOf": (text) => ["undefined", "number"].includes(typeof Values.integerOf(text))
  },
  handle: {
    "JobHandle.fromText": (text) => typed(JobHandle.fromText(text)),
    "JobId.fromString": (text) => Option.isOption(JobId.fromString(text))
  }
}
const kinds = ["printed", "failed", "ad", "submit", "handle"] as const
const everyone = kinds.flatMap((kind) => Object.entries(readers[kind]))

interface Sample {
  readonly kind: Kind
  readonly text: string
}

const Transcripts = Schema.fromJsonString(Schema.Array(Schema.Struct({
  answers: Schema.Array(Schema.Struct({
    stdout: Schema.Array(Schema.String),
    stderr: Schema.Array(Schema.String)
  }))
})))

/** Part of a long text is enough. */
const longest = 400

const sample = (kind: Kind, text: string): ReadonlyArray<Sample> =>
  text.trim() === ""
    ? []
    : Array.from({ length: Math.ceil(text.length / longest) }, (_, index) => ({
      kind,
      text: text.slice(index * longest, (index + 1) * longest)
    }))

/** The recorded output of the real tools, with numbers in the place of masked ids. */
const recorded = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const samples: Array<Sample> = []
  for (const version of ["lts", "latest"]) {
    const file = path.join(import.meta.dirname, "..", "transcripts", `${version}.json`)
    const transcripts = yield* Schema.decodeEffect(Transcripts)(yield* fileSystem.readFileString(file))
    const text = (lines: ReadonlyArray<string>) => lines.join("\n").replaceAll(/\{[a-z]+\}/g, "17")
    for (const { stderr, stdout } of transcripts.flatMap(({ answers }) => answers)) {
      samples.push(...sample("printed", text(stdout)), ...sample("failed", text(stderr)))
      if (stdout[0] === "[" || stdout.some((line) => / = /.test(line))) samples.push(...sample("ad", text(stdout)))
    }
  }
  return samples
})

/** The descriptions that the recorded situations give to condor_submit. */
const submitted: ReadonlyArray<Sample> = Array.from(
  new Set(
    situations.flatMap(({ steps }) =>
      steps.flatMap((step) =>
        step._tag === "Files"
          ? Object.entries(step.files).flatMap(([name, { content }]) => name.endsWith(".sub") ? [content] : [])
          : step._tag === "Run" && step.stdin !== undefined
          ? [step.stdin]
          : []
      )
    )
  )
).flatMap((text) => sample("submit", text))

const isAttribute = Schema.is(SubmitValue.AttributeText)
const handles = ["17.3", "0.0", "2147483647.99999"].flatMap((id) => [
  id,
  JobHandle.toText(handle(id)),
  JobHandle.toText(handle(id, { copy: 12 })),
  JobHandle.toText(handle(id, { endpoint: "ce.example.org:9619?sock=a%20b" }))
])
const written: ReadonlyArray<Sample> = [
  ...sample("submit", SubmitDescription.toText(Samples.smallest)),
  ...sample(
    "submit",
    SubmitDescription.toText({
      ...Samples.smallest,
      arguments: Samples.nastyValues.slice(0, 20),
      inputs: ["a.txt", "b.txt"],
      copyInputs: true,
      outputs: ["out", "c.d"],
      requests: { cpus: 2, memoryMiB: 2_000, diskMiB: 10, gpus: 1, wallTimeSeconds: 3_601, queue: "long" },
      attributes: { EffectCEKey: "key", EffectCECopies: 3 },
      environments: [{ A: "1", B: "two words" }, {}, { C: "$(x) \"y\" 'z'" }]
    })
  ),
  ...handles.flatMap((text) => sample("handle", text)),
  ...sample("printed", "88.0 - 88.2\n"),
  ...sample(
    "ad",
    String
      .raw`[a = 1; 'b c' = { 1.5e3, "x\"\\\101\n", [c = parent.a] }; d = a ? b.c[1] : -0x1F ?: strcat(MY.a, "z"); e = absTime("2024-01-01T00:00:00Z") - relTime("1d2h") =?= undefined || !error /* x */ && TARGET.y >>> 3]`
  ),
  ...sample("ad", String.raw`{ "a": 1.0, "b": "\/Expr(a + \"x\\n\")\/", "c": [ null, true, { "d": "é\u0001" } ] }`),
  ...Samples.nastyValues.filter(isAttribute).flatMap((text) => sample("ad", `a = "${text.replaceAll("\"", "\\\"")}"`))
]

/** Texts whose repetition makes parsers slow, or fail. */
const repeatable = [
  ..." \n\t\"'\\([{,;-!?.0\0\u00e9",
  "\"\"",
  "\\\"",
  "''",
  "' '",
  "1 ",
  "a=",
  "/*",
  "//",
  "$$(",
  "%00",
  "\\/Expr("
]

const seedOf = Config.Int("HTCONDOR_CE_BAD_INPUT_SEED").pipe(Config.withDefault(20_261_124))
const times = isLong ? 1_000_000 : 10_000

/** Runs a reader. An exception is reported as a wrong answer. */
const failing = (name: string, reader: Reader, text: string): string | undefined => {
  const answer = Result.try(() => reader(text))
  if (Result.isSuccess(answer) && answer.success) return undefined
  return `${name}: ${Result.isFailure(answer) ? String(answer.failure) : "an answer of no type"}: ${
    JSON.stringify(text)
  }`
}

describe("Bad input", () => {
  it.effect("gives a value or a typed failure, in every run", () =>
    Effect.gen(function*() {
      const seed = yield* seedOf
      const all = [...yield* recorded, ...submitted, ...written]
      const those = (kind: Kind) => all.filter((one) => one.kind === kind)
      const samples = {
        printed: those("printed"),
        failed: those("failed"),
        ad: those("ad"),
        submit: those("submit"),
        handle: those("handle")
      }
      for (const kind of kinds) assert.isAbove(samples[kind].length, 10, kind)
      const random = Damage.below(seed)
      const of = (from: ReadonlyArray<Sample>): string => from[random(from.length)]?.text ?? ""
      const failures: Array<string> = []
      for (let index = 0; index < times && failures.length < 10; index++) {
        const kind = kinds[index % kinds.length] ?? "ad"
        const another = () => of(samples[random(4) > 0 ? kind : kinds[random(kinds.length)] ?? kind])
        const text = Damage.damaged(of(samples[kind]), another, random).slice(0, 2 * longest)
        // The readers for this kind of text, and one other.
        const other = everyone[random(everyone.length)]
        for (const [name, reader] of [...Object.entries(readers[kind]), ...other === undefined ? [] : [other]]) {
          const failure = failing(name, reader, text)
          if (failure !== undefined) failures.push(failure)
        }
      }
      assert.deepStrictEqual(failures, [], `seed ${seed}`)
    }).pipe(Effect.provide(NodeServices.layer)), 600_000)

  it.each(everyone)("is read in linear time: %s", (name, reader) => {
    // Quadratic time would take more than a minute for all of them.
    const length = 100_000
    const repeated = [
      ...repeatable,
      "1.0 - 1.0\n",
      "job_1_0 = 1\n",
      "a = 1\n",
      " ",
      "Executable file x",
      "1,\n",
      "{\"a\":",
      "a?",
      "a?:",
      "-a.",
      "x=\""
    ]
    const begin = performance.now()
    for (const head of ["", "WARNING: x", "a = \"", "[a = ", "[{\"ClusterId\": 1, \"x\": \""]) {
      for (const splinter of repeated) {
        const text = head + splinter.repeat(Math.ceil(length / splinter.length))
        assert.isUndefined(failing(name, reader, text), `${head}${splinter}...`)
      }
    }
    assert.isBelow(performance.now() - begin, 60_000)
  }, 120_000)
})
