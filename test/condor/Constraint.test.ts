import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import * as Evaluator from "../../src/classad/Evaluator.ts"
import * as Expr from "../../src/classad/Expr.ts"
import * as Parser from "../../src/classad/Parser.ts"
import * as Values from "../../src/classad/Value.ts"
import * as Constraint from "../../src/condor/Constraint.ts"
import { JobId } from "../../src/condor/JobId.ts"
import * as JobSelection from "../../src/testing/fake/JobSelection.ts"

const decodeId = Schema.decodeUnknownSync(JobId)
const id = (cluster: number, proc: number) => decodeId({ cluster, proc })
const range = (length: number) => Array.from({ length }, (_, index) => index)

/** Jobs of neighbouring clusters: a range of procs without gaps, with a few, or with many. */
const someOf = Arbitrary.all([
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 60 }))),
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))),
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 120 }))),
  Arbitrary.schema(Schema.Literals([1, 2, 7, 50]))
]).pipe(
  Arbitrary.map(([cluster, first, count, step]) =>
    range(count).filter((index) => step === 1 || index % step !== 1).map((index) => id(cluster, first + index))
  )
)
const ids = Arbitrary.map(Arbitrary.array(someOf, { maxLength: 40 }), (parts) => parts.flat())

const texts = (jobs: Iterable<JobId>) => Array.from(new Set(Array.from(jobs, String))).toSorted()

const keyOf = ({ cluster, proc }: JobId) => `Key == "${cluster % 3}-${proc % 5}"`

const parse = (text: string) => Result.getOrThrow(Parser.parse(text, { strings: "old", version: "23.9" }))

/** The result of a constraint in a schedd, for a job with its key or with another one. */
const picks = (constraint: Expr.Expr, { cluster, proc }: JobId, key = `${cluster % 3}-${proc % 5}`): boolean =>
  Values.truth(Evaluator.evaluateWith(constraint, { now: 0, random: () => 0 }, {
    my: Expr.ad([
      ["ClusterId", Expr.integer(BigInt(cluster))],
      ["ProcId", Expr.integer(BigInt(proc))],
      ["Key", Expr.string(key)]
    ])
  })) === true

/** The jobs and their neighbours. */
const around = (jobs: ReadonlyArray<JobId>): Array<JobId> =>
  Array.from(
    new Map(
      jobs.flatMap(({ cluster, proc }) => [
        id(cluster, proc),
        id(cluster, proc + 1),
        id(cluster, Math.max(0, proc - 1)),
        id(cluster + 1, proc),
        id(Math.max(1, cluster - 1), proc)
      ]).map((one) => [String(one), one])
    ).values()
  )

// A gateway of 25.13 or later gives an empty answer with exit code 0 from 397 levels on.
const isShallow = (constraint: string) => JobSelection.levels(parse(constraint)) < 100

describe("Constraint", () => {
  it.prop("chunks: lose no job, add none, and stay within their bounds", [
    ids,
    Arbitrary.schema(Schema.Literals([1, 10, 300, Constraint.maxJobs])),
    Arbitrary.schema(Schema.Boolean)
  ], ([jobs, atMost, keyed]) => {
    const condition = keyed ? keyOf : undefined
    const chunks = Constraint.chunks(jobs, condition, atMost)
    assert.deepStrictEqual(chunks.flat().map(String).toSorted(), texts(jobs))
    for (const chunk of chunks) {
      assert.isNotEmpty(chunk)
      assert.isAtMost(chunk.length, atMost)
      assert.isAtMost(Constraint.jobs(chunk, condition).length, Constraint.maxLength)
    }
  }, { arbitrary: { runs: 100 } })

  it.prop("jobs: the constraint selects exactly the given jobs", [ids], ([jobs]) => {
    const text = Constraint.jobs(jobs)
    const constraint = parse(text)
    assert.deepStrictEqual(texts(around(jobs).filter((job) => picks(constraint, job))), texts(jobs))
    assert.isTrue(isShallow(text))
  }, { arbitrary: { runs: 100 } })

  it.prop("jobs: with a condition, it selects the jobs that meet the condition", [ids], ([jobs]) => {
    const text = Constraint.jobs(jobs, keyOf)
    const constraint = parse(text)
    assert.deepStrictEqual(texts(around(jobs).filter((job) => picks(constraint, job))), texts(jobs))
    assert.isFalse(jobs.some((job) => picks(constraint, job, "another")))
    assert.isTrue(isShallow(text))
  }, { arbitrary: { runs: 100 } })

  it.each<readonly [string, ReadonlyArray<JobId>, number]>([
    ["10,000 jobs of one cluster", range(10_000).map((proc) => id(2_147_483_647, proc)), 1],
    ["10,000 jobs of one cluster, every second of them", range(10_000).map((proc) => id(1_000_000, 2 * proc)), 2],
    [
      "10,000 jobs of 3,000 clusters",
      range(10_000).map((job) => id(1_000_000 + job % 3_000, Math.floor(job / 3_000))),
      3
    ],
    ["20,000 jobs of 7,000 clusters", range(20_000).map((job) => id(1 + job % 7_000, Math.floor(job / 7_000))), 7],
    [
      "12,345 jobs with numbers as long as can be, and gaps",
      range(12_345).map((n) => id(2_147_483_647, 2_147_400_000 + 2 * n)),
      4
    ]
  ])("chunks: %s need few queries, none of them deep or long", (_, jobs, questions) => {
    const chunks = Constraint.chunks(jobs)
    assert.strictEqual(chunks.flat().length, jobs.length)
    assert.strictEqual(chunks.length, questions)
    for (const chunk of chunks) {
      const constraint = Constraint.jobs(chunk)
      assert.isAtMost(constraint.length, Constraint.maxLength)
      assert.isTrue(isShallow(constraint))
    }
  })

  it("jobs: keys make the queries for 10,000 jobs of 3,000 clusters longer, and not deeper", () => {
    const jobs = range(10_000).map((job) => id(1_000_000 + job % 3_000, Math.floor(job / 3_000)))
    const key = ({ cluster }: JobId) => `EffectCEKey == "k-${String(cluster).padStart(24, "0")}"`
    const chunks = Constraint.chunks(jobs, key)
    assert.strictEqual(chunks.length, 6)
    for (const chunk of chunks) assert.isTrue(isShallow(Constraint.jobs(chunk, key)))
  })

  it("jobs: a schedd finds a job of a large cluster with few comparisons", () => {
    const constraint = Constraint.jobs(range(5_000).map((proc) => id(7, 2 * proc)))
    assert.isAtMost(
      Math.max(...Array.from(constraint.matchAll(/\{([^}]*)\}/g), ([list]) => list.split(",").length)),
      32
    )
    assert.strictEqual(
      Constraint.jobs(range(10_000).map((proc) => id(7, proc))),
      "((ClusterId == 7 && ProcId >= 0 && ProcId <= 9999))"
    )
  })

  it("chunks: a cluster that fits is not divided", () => {
    const jobs = range(300).map((index) => id(1 + (index % 3), index))
    assert.strictEqual(Constraint.chunks(jobs).length, 1)
    const clusters = Constraint.chunks(jobs, undefined, 150).map((chunk) => new Set(chunk.map((one) => one.cluster)))
    assert.deepStrictEqual(clusters.map((one) => one.size), [1, 1, 1])
  })

  it("no jobs give no chunk, and a constraint that selects nothing", () => {
    assert.deepStrictEqual(Constraint.chunks([]), [])
    assert.isFalse(picks(parse(Constraint.jobs([])), id(1, 0)))
    // condor_q would print every job.
    assert.notInclude(Constraint.jobs([]), "false")
  })

  it("jobs: the text is the one in the documentation", () => {
    assert.strictEqual(
      Constraint.jobs([id(7, 0), id(7, 1), id(9, 3)]),
      "((ClusterId == 7 && member(ProcId,{0,1})) || (ClusterId == 9 && ProcId == 3))"
    )
  })

  it("jobs: a cluster whose jobs have several conditions has one term for each", () => {
    assert.strictEqual(
      Constraint.jobs([id(7, 0), id(7, 1), id(7, 2)], ({ proc }) => `Key == ${proc % 2}`),
      "((ClusterId == 7 && Key == 0 && member(ProcId,{0,2})) || (ClusterId == 7 && Key == 1 && ProcId == 1))"
    )
  })

  it("all: puts each condition in parentheses", () => {
    assert.strictEqual(Constraint.all("a || b", "c"), "(a || b) && (c)")
  })

  it.each<readonly [string, string | undefined]>([
    ["plain", "\"plain\""],
    ["", "\"\""],
    ["it's \"quoted\"", "\"it's \\\"quoted\\\"\""],
    ["back\\slash", "\"back\\slash\""],
    ["é漢😀$(x)#;", "\"é漢😀$(x)#;\""],
    ["ends in \\", undefined],
    ["\\\"", undefined],
    ["a\\\"b", undefined],
    ["two\nlines", undefined],
    ["tab\t", undefined],
    ["\0", undefined],
    ["\u007f", undefined]
  ])("stringLiteral: %j is %j", (text, expected) => {
    assert.strictEqual(Constraint.stringLiteral(text), expected)
  })

  it.prop("stringLiteral: a text cannot end its literal", [Schema.String], ([text]) => {
    const written = Constraint.stringLiteral(text)
    if (written !== undefined) assert.match(written, /^"(?:[^"\\]|\\"|\\(?!"))*"$/)
  }, { arbitrary: { runs: 1_000 } })
})
