import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Random, Result } from "effect"
import { TestClock } from "effect/testing"
import { wholeSeconds } from "../../src/classad/Conversion.ts"
import { Evaluator, type Expr, Parser, Printer, Value } from "../../src/classad/index.ts"
import * as Kept from "./Kept.ts"

const show = (value: Value.Value): string =>
  value._tag === "String"
    ? value.value
    : value._tag === "RelativeTime"
    ? Printer.print(Value.toExpr({ ...value, seconds: wholeSeconds(value) }))
    : Printer.print(Value.toExpr(value), { exact: true })

const read = (text: string): Expr.Expr => Result.getOrElse(Parser.parse(text), () => assert.fail(text))
const adOf = (text: string): Expr.Ad => Result.getOrElse(Parser.parseAd(text), () => assert.fail(text))

const evaluate = (text: string, options?: Evaluator.Options) =>
  Effect.map(Evaluator.evaluate(read(text), options), show)

describe("Evaluator", () => {
  it.effect.each(
    [{ file: "latest", version: "25.14", least: 400 }, { file: "lts", version: "23.9", least: 10 }] as const
  )(
    "recorded expressions: have the value of HTCondor $version",
    ({ file, least, version }) =>
      Effect.gen(function*() {
        const kept = yield* Kept.read(file)
        assert.isAtLeast(kept.length, least)
        yield* TestClock.setTime(1_700_000_000_000)
        const differences: Array<unknown> = []
        for (const { expr, my, target, value } of kept) {
          const left = Parser.parseAd(`${my.slice(0, -1)}; Probe_ = ${expr}\n]`, { version })
          const probe = Result.isSuccess(left) ? left.success.members.get("probe_") : undefined
          let ours: string | readonly [string, string] = "refused"
          if (Result.isSuccess(left) && probe !== undefined) {
            const result = yield* Evaluator.evaluate(probe.expr, {
              my: left.success,
              target: target === null ? undefined : adOf(target),
              version
            })
            ours = [result._tag, show(result)]
          }
          if (JSON.stringify(ours) !== JSON.stringify(value)) differences.push({ expr, theirs: value, ours })
        }
        assert.deepStrictEqual(differences, [])
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("time: comes from the clock", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(1_700_000_000_000)
      assert.strictEqual(yield* evaluate("time()"), "1700000000")
      assert.strictEqual(yield* evaluate("CurrentTime + 1", { my: adOf("[]") }), "1700000001")
      assert.strictEqual(yield* evaluate("formatTime(time(), \"%F %T\")"), "2023-11-14 22:13:20")
    }))

  it.effect("random: is below its limit", () =>
    Effect.gen(function*() {
      for (let run = 0; run < 50; run++) {
        assert.include(["0", "1", "2"], yield* evaluate("random(3)"))
      }
      assert.strictEqual(yield* evaluate("random() < 1.0"), "true")
    }))

  it.effect("names: are looked up in the other ad, but not with strict semantics", () =>
    Effect.gen(function*() {
      const options = { my: adOf("[a = 1]"), target: adOf("[b = TARGET.a + 1]") }
      assert.strictEqual(yield* evaluate("b", options), "2")
      assert.strictEqual(yield* evaluate("b", { ...options, semantics: "strict" }), "undefined")
      assert.strictEqual(yield* evaluate("TARGET.b", { ...options, semantics: "strict" }), "2")
    }))

  it.effect("matches: compares the requirements of two ads", () =>
    Effect.gen(function*() {
      const job = adOf("[Requirements = TARGET.Cpus >= RequestCpus; RequestCpus = 2]")
      assert.isTrue(yield* Evaluator.matches(job, adOf("[Cpus = 4; Requirements = true]")))
      assert.isFalse(yield* Evaluator.matches(job, adOf("[Cpus = 1; Requirements = true]")))
      assert.isFalse(yield* Evaluator.matches(job, adOf("[Cpus = 4]")))
    }))

  it.effect("attributes: circular references end", () =>
    Effect.gen(function*() {
      const my = adOf("[a = b; b = a; c = c + 1; d = d ?: 3; e = {e}; f = [g = f.g]]")
      for (const name of ["a", "b", "c", "f.g"]) assert.strictEqual(yield* evaluate(name, { my }), "undefined")
      assert.strictEqual(yield* evaluate("d", { my }), "3")
    }))

  it.effect("evaluation: unlimited growth is an error", () =>
    Effect.gen(function*() {
      const doubled = Array.from({ length: 40 }, (_, index) => `a${index} = a${index + 1} + a${index + 1}`)
      const my = adOf(`[${doubled.join("; ")}; a40 = 1]`)
      assert.strictEqual(yield* evaluate("a0", { my }), "error")
    }))

  it.effect("list: one that refers to itself is an error", () =>
    Effect.gen(function*() {
      const my = adOf("[l = {{l.x, 1}.y, l}; m = {m.x}]")
      assert.include(["error", "{ error,error }"], yield* evaluate("l.x", { my }))
      assert.strictEqual(yield* evaluate("size(m.y)", { my }), "error")
    }))

  const depth = 10_000
  it.effect.each([
    [`${"(".repeat(depth)}1${")".repeat(depth)}`, "1"],
    [Array.from({ length: depth }, () => "1").join(" + "), "10000"],
    [`${"- ".repeat(depth)}1`, "1"],
    [`${"true ? ".repeat(depth)}1${" : 2".repeat(depth)}`, "1"],
    [`${"strcat(".repeat(depth)}"x"${")".repeat(depth)}`, "x"],
    [Array.from({ length: depth }, () => "undefined").join(" ?: "), "undefined"]
  ])("depth: ten thousand levels are evaluated", ([text, value]) =>
    Effect.gen(function*() {
      assert.strictEqual(yield* evaluate(text ?? ""), value)
    }))

  it.effect("attributes: ten thousand references are followed", () =>
    Effect.gen(function*() {
      const chain = Array.from({ length: depth }, (_, index) => `a${index} = a${index + 1}`)
      assert.strictEqual(yield* evaluate("a0", { my: adOf(`[${chain.join("; ")}; a${depth} = 7]`) }), "7")
    }))

  it.effect("Random: is used only for the numbers that an expression needs", () =>
    Effect.gen(function*() {
      const drawn = [0.25, 0.75]
      const scripted: Random.Random = {
        nextDoubleUnsafe: () => drawn.shift() ?? assert.fail("one number too many"),
        nextIntUnsafe: () => assert.fail("no integer is drawn")
      }
      const scriptedly = Effect.provideService(Random.Random, scripted)
      assert.strictEqual(yield* evaluate("1 + 1").pipe(scriptedly), "2")
      assert.strictEqual(yield* evaluate("random(4) + random(4)").pipe(scriptedly), "4")
      assert.deepStrictEqual(drawn, [])
    }))

  it("evaluateWith: ignores the fraction of a second", () => {
    const at = (now: number) =>
      ["time()", "CurrentTime", "int(absTime())"].map((text) =>
        show(Evaluator.evaluateWith(read(text), { now, random: () => 0 }, { my: adOf("[]") }))
      )
    assert.deepStrictEqual(at(1.5), ["1", "1", "1"])
    assert.deepStrictEqual(at(Number.NaN), ["0", "0", "0"])
  })

  it.effect("matches: imitates the given version", () =>
    Effect.gen(function*() {
      const job = adOf("[Requirements = isUndefined(a); a = a]")
      const other = adOf("[Requirements = true]")
      assert.isTrue(yield* Evaluator.matches(job, other))
      assert.isFalse(yield* Evaluator.matches(job, other, { version: "23.9" }))
    }))
})
