/** The time at which a schedd must evaluate a condition again. */
import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as ClassAd from "../../src/classad/ClassAd.ts"
import * as Expr from "../../src/classad/Expr.ts"
import * as Parser from "../../src/classad/Parser.ts"
import * as NextChange from "../../src/testing/fake/NextChange.ts"

const parse = (text: string): Expr.Expr => Result.getOrThrow(Parser.parse(text))

const now = 1_000_000

const next = (text: string, attributes: Readonly<Record<string, string>> = {}): number =>
  NextChange.nextChange(
    parse(text),
    ClassAd.make(
      Object.entries({ CompletionDate: `${now - 100}`, JobStatus: "4", ...attributes }).map(([name, value]) =>
        [name, parse(value)] as const
      )
    ),
    now
  ) - now

describe("nextChange", () => {
  it.each([
    ["JobStatus == 4", Infinity],
    ["time() - CompletionDate < 3600", 3500],
    ["JobStatus == 4 && (CompletionDate =?= undefined || (time() - CompletionDate) < 3600)", 3500],
    ["!(CurrentTime > MY.CompletionDate + 200)", 100],
    ["time() - (CompletionDate ?: time()) < 200", 100],
    ["time() % 2 == 0", 1],
    ["random() < 0.5", 1],
    ["eval(\"time()\") > 5", 1],
    ["debug(JobStatus)", 1],
    ["formatTime() == \"x\"", 1],
    ["strcat(\"a\", time()) == \"x\"", 1],
    ["strcat(\"a\", JobStatus) == \"a4\"", Infinity],
    ["TARGET.Memory > 5", Infinity],
    ["[a = time()].a > 5", 1],
    ["time() - CompletionDate < 50", Infinity]
  ])("%s", (text, expected) => {
    assert.strictEqual(next(text), expected)
  })

  it("attributes: references do not change the result", () => {
    assert.strictEqual(next("Late", { Late: "Age > 200", Age: "time() - CompletionDate" }), 100)
    assert.strictEqual(next("A", { A: "B", B: "A" }), 1)
    assert.strictEqual(next("A", { A: "A" }), 1)
  })

  it("deep expressions, and many references: have a result", () => {
    let deep: Expr.Expr = parse("time() - CompletionDate < 3600")
    for (let level = 0; level < 10_000; level++) deep = Expr.parens(Expr.unary("!", deep))
    assert.strictEqual(
      NextChange.nextChange(deep, ClassAd.make([["CompletionDate", Expr.integer(BigInt(now))]]), now),
      now + 3600
    )
    const chain = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`A${index}`, `A${index + 1} && A${index + 1}`])
    )
    const began = performance.now()
    assert.strictEqual(next("A0", { ...chain, A60: "time() - CompletionDate < 3600" }), 3500)
    assert.isBelow(performance.now() - began, 4_000)
  })
})
