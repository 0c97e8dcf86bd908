/** The ads that condor_submit makes from our descriptions: `-dry-run` writes them and submits nothing. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import * as SubmitDescription from "../../../src/condor/SubmitDescription.ts"
import * as SubmitValue from "../../../src/condor/SubmitValue.ts"
import { releases } from "../../../src/testing/fake/VersionStrings.ts"
import * as Samples from "../../condor/Samples.ts"
import { carried, text, wordsOf } from "../../condor/submit/Carried.ts"
import * as Share from "../Share.ts"
import { Stack, type Version, versions } from "../Stack.ts"
import { dryRunOf } from "./DryRun.ts"

const isDescription = Schema.is(SubmitDescription.SubmitDescription)

const { smallest } = Samples

interface Refusal {
  readonly what: string
  readonly description: SubmitDescription.SubmitDescription
  /** Versions whose tool does not carry the value. The schema refuses it for all versions. */
  readonly versions: ReadonlyArray<Version>
}

const refusal = (
  what: string,
  change: Partial<SubmitDescription.SubmitDescription>,
  versions: ReadonlyArray<Version> = ["lts", "latest"]
): Refusal => ({ what, description: { ...smallest, ...change }, versions })

// The reasons for the schemas' refusals, as far as a dry run shows them.
const refusals: ReadonlyArray<Refusal> = [
  refusal("an executable with a blank at its end", { executable: "a " }),
  refusal("an executable with \\ at its start", { executable: "\\a" }),
  refusal("an executable with two \\", { executable: "a\\\\b" }),
  refusal("an executable with \\ at its end", { executable: "a\\" }),
  refusal("a newline in an argument", { arguments: ["a\nb"] }),
  refusal("half a surrogate pair in an argument", { arguments: ["\ud83d"] }),
  refusal("a name with $$(x)", { stdout: "a$$(x)" }),
  refusal("a name with $$ENV(x)", { stdout: "a$$ENV(x)" }),
  refusal("a name with $(DOLLAR)", { stdout: "a$(DOLLAR)" }),
  refusal("a name with $(dollar)", { stdout: "a$(dollar)" }),
  refusal("an attribute with $$(x)", { attributes: { EffectCEx: "a$$(x)" } }),
  refusal("an attribute with $(DOLLAR)", { attributes: { EffectCEx: "$(DOLLAR)" } }),
  refusal("a queue with a newline", { requests: { cpus: 1, queue: "a\nb" } }),
  refusal("an output with a blank before it", { outputs: [" a"] }),
  refusal("an output with a blank after it", { outputs: ["a "] }),
  refusal("an output with \\ at its end", { outputs: ["a\\"] }),
  refusal("an output in quotes", { outputs: ["\"a\""] }, ["latest"]),
  refusal("outputs that begin and end with a quote", { outputs: ["\"a", "b\""] }, ["latest"]),
  refusal("an output of two quotes", { outputs: ["\"\""] }),
  refusal("stdout with a blank before it", { stdout: " a" }),
  refusal("stdout with \\ at its end", { stdout: "a\\" }),
  refusal("a log with \\ at its start", { log: "\\a" }),
  refusal("a log with two \\", { log: "a\\\\b" }),
  refusal("a variable with U+001F", { environments: [{ A: "a\x1fb" }] }, ["latest"]),
  refusal("a variable's name with U+001F", { environments: [{ "A\x1f": "" }] }, ["latest"]),
  refusal("a newline in a variable", { environments: [{ A: "a\nb" }] })
]

describe.each(versions)("condor_submit -dry-run of %s", (version) => {
  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    it.effect("tools: run, and are of the requested version", () =>
      Effect.gen(function*() {
        const stack = yield* Stack
        const status = yield* stack.run("scripts/stack", "status", version)
        assert.strictEqual(status.exitCode, 0, status.stdout + status.stderr)
        const run = yield* stack.run(`${stack.binDirectory}/condor_version`)
        // As src/testing/fake/VersionStrings.ts has it, up to its second dot.
        const [series = ""] = /^\S+ \d+\.\d+\./.exec(releases[version].condor) ?? []
        assert.isTrue(run.stdout.startsWith(series), `${run.stdout}is not ${series}x`)
      }))

    it.effect.prop(
      "job: has every value of its description",
      [Samples.description(40)],
      Effect.fnUntraced(function*([description]) {
        const unique = { ...description, inputs: Array.from(new Set(description.inputs)) }
        const run = yield* dryRunOf(unique)
        assert.strictEqual(run.result.stderr, "")
        assert.strictEqual(run.result.exitCode, 0)
        assert.strictEqual(run.ads.length, unique.environments.length)
        unique.environments.forEach((_, copy) => {
          const { got, wanted } = carried(unique, run, copy)
          assert.deepStrictEqual(got, wanted)
        })
      }),
      { timeout: 120_000, arbitrary: { runs: Share.isShared ? 75 : 150, size: 40 } }
    )

    it.effect("nasty value: is carried unchanged, in every place that accepts it", () =>
      Effect.gen(function*() {
        const attributeText = Schema.is(SubmitValue.AttributeText)
        const outputName = Schema.is(SubmitValue.OutputName)
        const inputName = Schema.is(SubmitValue.InputName)
        const description: SubmitDescription.SubmitDescription = {
          ...smallest,
          arguments: [...Samples.nastyValues, "x".repeat(100_000)],
          inputs: Samples.nastyValues.filter(inputName),
          outputs: Samples.nastyValues.filter(outputName),
          attributes: Object.fromEntries(
            Samples.nastyValues.filter(attributeText).map((value, index) => [`EffectCEx${index}`, value])
          ),
          environments: [
            Object.fromEntries(Samples.nastyValues.map((value, index) => [`V${index}`, value])),
            Object.fromEntries(
              Samples.nastyValues.filter((value) => !value.includes("=") && value !== "").map((name) => [name, "x"])
            ),
            { LONG: "$(x) ".repeat(20_000) }
          ]
        }
        assert.isTrue(isDescription(description))
        const run = yield* dryRunOf(description)
        assert.strictEqual(run.result.stderr, "")
        for (const copy of [0, 1, 2]) {
          const { got, wanted } = carried(description, run, copy)
          assert.deepStrictEqual(got, wanted)
        }
      }))

    it.effect.each(refusals)("refusal: the dry run shows the reason: $what", (row) =>
      Effect.gen(function*() {
        assert.isFalse(isDescription(row.description))
        if (!row.versions.includes(version)) return
        const run = yield* dryRunOf(row.description)
        const { got, wanted } = carried(row.description, run, 0)
        assert.isTrue(run.result.exitCode !== 0 || JSON.stringify(got) !== JSON.stringify(wanted), JSON.stringify(got))
      }))

    it.effect("command \"environment\": would give to all jobs the variables of the first", () =>
      Effect.gen(function*() {
        const description: SubmitDescription.SubmitDescription = {
          ...smallest,
          environments: [{ ONLY: "first" }, { B: "2" }]
        }
        const ours = SubmitDescription.toText(description)
        const own = yield* dryRunOf(description)
        assert.deepStrictEqual(own.ads.map((ad) => wordsOf(text(ad, "Environment") ?? "")), [["ONLY=first"], ["B=2"]])
        const command = yield* dryRunOf(description, ours.replace("My.Environment =", "environment ="))
        assert.strictEqual(command.result.stderr, "")
        assert.include(wordsOf(text(command.ads[1] ?? new Map(), "Environment") ?? ""), "ONLY=first")
      }))
  })
})
