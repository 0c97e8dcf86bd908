/**
 * Our evaluator against HTCondor's own library: thousands of random expressions must have the same values.
 *
 * Each difference is fixed in the library, and its case is kept: `HTCONDOR_CE_CLASSAD_KEEP=true`, with the seed that
 * found it, rewrites the version's file in `test/classad/regressions`.
 */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, layer } from "@effect/vitest"
import { Config, Effect, FileSystem, Layer, Path, Result } from "effect"
import { Parser, Printer } from "../../../src/classad/index.ts"
import { printString } from "../../../src/classad/Literals.ts"
import * as Kept from "../../classad/Kept.ts"
import * as Trees from "../../classad/Trees.ts"
import { Stack, versions } from "../Stack.ts"
import { type Case, cases } from "./ClassAdCases.ts"
import { type Answer, compare, excuseOf, linesOf, optionsOf, oursOutside, reprinted, theirs } from "./ClassAdOracle.ts"

/** Number of cases (default: 20,000), and their seed: each run of `npm run test:long` has a new one. */
const count = Config.Int("HTCONDOR_CE_CLASSAD_CASES").pipe(Config.withDefault(20_000))
const seedOf = Config.Int("HTCONDOR_CE_CLASSAD_SEED").pipe(Config.withDefault(20_261_129))
const keeping = Config.Boolean("HTCONDOR_CE_CLASSAD_KEEP").pipe(Config.withDefault(false))

/** The part of an answer that is kept; a crash has none. */
const valueOf = (answer: Answer): Kept.Regression["value"] | undefined =>
  answer === "crashed" ? undefined : "refused" in answer ? "refused" : answer.value

/** Cases as groups of expressions for the same two ads. */
const groups = (all: ReadonlyArray<Case>, size: number) =>
  Array.from({ length: Math.floor(all.length / size) }, (_, index) => {
    const group = all.slice(index * size, (index + 1) * size)
    return {
      my: group[0]?.my ?? "[]",
      target: group.find(({ target }) => target !== null)?.target ?? "[]",
      expressions: group.map(({ expr }) => expr)
    }
  })

describe.each(versions)("ClassAd expressions on %s", (version) => {
  const options = optionsOf[version]
  // The older library crashes ten times as often, and each crash restarts its process.
  const share = version === "lts" ? 0.1 : 1

  layer(Layer.mergeAll(Stack.layer(version), NodeServices.layer))((it) => {
    it.effect("ClassAd expressions: have the same values as in HTCondor", () =>
      Effect.gen(function*() {
        const { binDirectory } = yield* Stack
        const seed = yield* seedOf
        const all = cases(seed, Math.ceil((yield* count) * share))
        const { crashes, differences, excused } = compare(all, yield* theirs(binDirectory, all), options)
        if (yield* keeping) {
          const found = differences.flatMap(({ expr, my, target, theirs }) => {
            const value = valueOf(theirs)
            return value === undefined ? [] : [{ expr, my, target, value, seed }]
          })
          return yield* Kept.write(version, [...yield* Kept.read(version), ...found])
        }
        assert.deepStrictEqual(differences, [], `seed ${seed}, ${all.length} cases`)
        assert.isBelow(excused.length, Math.max(all.length / 1_000, 10), `seed ${seed}`)
        assert.isBelow(crashes, all.length / (version === "lts" ? 20 : 200), `seed ${seed}`)
      }))

    it.effect("printed expressions: are read by HTCondor as the same trees", () =>
      Effect.gen(function*() {
        const { binDirectory } = yield* Stack
        const seed = yield* seedOf
        const texts = Array.from(
          { length: Math.ceil(5_000 * share) },
          (_, index) => Printer.print(Trees.tree(seed + index))
        )
        const answers = yield* reprinted(binDirectory, texts)
        const differences: Array<unknown> = []
        let missing = 0
        const bare = (text: string) => text.replace(/\s+/g, "")
        for (const [index, text] of texts.entries()) {
          const their = answers[index]
          if (their === undefined) {
            missing++
            continue
          }
          const own = Result.map(Parser.parse(text, options), (expr) => bare(Printer.print(expr, { exact: true })))
          if (Result.isFailure(own) || own.success !== bare(their)) differences.push({ text, their, own })
        }
        assert.deepStrictEqual(differences.slice(0, 10), [], `seed ${seed}`)
        assert.isBelow(missing, texts.length / 100, `seed ${seed}`)
      }))

    it.effect("kept cases: have the values that are kept from earlier differences", () =>
      Effect.gen(function*() {
        const { binDirectory } = yield* Stack
        const kept = yield* Kept.read(version)
        const answers = yield* theirs(binDirectory, kept)
        const now = kept.flatMap((one, index) => {
          const value = valueOf(answers[index] ?? "crashed")
          return value === undefined ? [] : [{ ...one, value }]
        })
        if (yield* keeping) return yield* Kept.write(version, now)
        assert.deepStrictEqual(now, kept)
      }))

    if (version === "lts") return

    // A Python script over the same C++ library, which has its own code to print lists, ads and strings. The script
    // of 23.9 crashes on any list.
    it.effect("ClassAd expressions: have the values that classad_eval prints", () =>
      Effect.gen(function*() {
        const { binDirectory } = yield* Stack
        const fileSystem = yield* FileSystem.FileSystem
        const path = yield* Path.Path
        const seed = yield* seedOf
        const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "classad-eval-" })
        const [myFile, targetFile] = [path.join(directory, "my"), path.join(directory, "target")]
        const ads = ["-quiet", "-my-file", myFile, "-target-file", targetFile]
        const differences: Array<unknown> = []
        let [compared, excused] = [0, 0]
        for (const { expressions, my, target } of groups(cases(seed, 2_000), 100)) {
          yield* fileSystem.writeFileString(myFile, my)
          yield* fileSystem.writeFileString(targetFile, target)
          // Parentheses keep the script from reading an assignment. It ends at the first expression that it cannot
          // read or evaluate.
          const asked = expressions.map((expr) => `(${expr})`).flatMap((expr) => {
            const answer = oursOutside({ my, target, expr })
            return answer === "crashed" || "refused" in answer || answer.value[0] === "Error" ? [] : [{ expr, answer }]
          })
          for (let from = 0; from < asked.length;) {
            const rest = asked.slice(from)
            const lines = yield* linesOf(path.join(binDirectory, "classad_eval"), [
              ...ads,
              ...rest.map(({ expr }) => expr)
            ])
            for (const [index, line] of lines.entries()) {
              const one = rest[index]
              if (one === undefined) continue
              const [type, text] = one.answer.value
              const shown = type === "String" ? printString(text) : text
              if (shown === line) continue
              const differing = { my, target, expr: one.expr }
              if (excuseOf(differing, { value: [type, line] }, one.answer) !== undefined) excused++
              else differences.push({ ...differing, theirs: line, ours: shown })
            }
            compared += lines.length
            from += lines.length + 1
          }
        }
        assert.deepStrictEqual(differences, [], `seed ${seed}`)
        assert.isBelow(excused, 10, `seed ${seed}`)
        assert.isAbove(compared, 500)
      }))
  })
})
