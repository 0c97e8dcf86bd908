import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import * as Constraint from "../../src/condor/Constraint.ts"
import { JobId } from "../../src/condor/JobId.ts"

const decodeId = Schema.decodeUnknownSync(JobId)
const id = (cluster: number, proc: number) => decodeId({ cluster, proc })

const small = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 400 }))
const ids = Arbitrary.array(
  Arbitrary.all([Arbitrary.schema(small), Arbitrary.schema(small)]).pipe(Arbitrary.map(([a, b]) => id(a, b))),
  { maxLength: 1_500 }
)

const texts = (jobs: Iterable<JobId>) => Array.from(jobs, String).toSorted()
const clusters = (jobs: Iterable<JobId>) => new Set(Array.from(jobs, (job) => job.cluster)).size
const terms = (constraint: string) => constraint.split(" || ").length

/** What the constraint picks, read back by an independent reader. */
const picked = (constraint: string): Array<string> =>
  constraint === "false"
    ? []
    : Array.from(
      constraint.matchAll(/\(ClusterId == (\d+) && (?:ProcId == (\d+)|member\(ProcId,\{([\d,]+)\}\))\)/g)
    ).flatMap(([, cluster, proc, list]) => (proc ?? list ?? "").split(",").map((one) => `${cluster}.${one}`)).toSorted()

const wellFormed = (constraint: string) =>
  /^\((\(ClusterId == \d+ && (ProcId == \d+|member\(ProcId,\{\d+(,\d+)*\}\))\)( \|\| (?!\)))?)+\)$/.test(constraint)

describe("Constraint", () => {
  it.prop("chunks lose no job, add none, and stay within both bounds", [ids], ([jobs]) => {
    const chunks = Constraint.chunks(jobs)
    assert.deepStrictEqual(texts(chunks.flat()), texts(jobs))
    for (const chunk of chunks) {
      assert.isNotEmpty(chunk)
      assert.isAtMost(chunk.length, Constraint.maxJobs)
      assert.isAtMost(clusters(chunk), Constraint.maxClusters)
    }
  }, { timeout: 60_000, arbitrary: { runs: 100, size: 1_000 } })

  it.prop("a constraint picks just the jobs it was made of", [ids], ([jobs]) => {
    for (const chunk of Constraint.chunks(jobs)) {
      const constraint = Constraint.jobs(chunk)
      assert.isTrue(wellFormed(constraint), constraint.slice(0, 200))
      assert.deepStrictEqual(picked(constraint), texts(chunk))
    }
  }, { timeout: 60_000, arbitrary: { runs: 100, size: 300 } })

  // A 25.x gateway answers nothing, with exit code 0, from 396 terms on.
  it("the chain of a chunk is never deep", () => {
    const jobs = Array.from({ length: 20_000 }, (_, index) => id(1 + (index % 7_000), Math.floor(index / 7_000)))
    const chunks = Constraint.chunks(jobs)
    assert.strictEqual(chunks.flat().length, 20_000)
    for (const chunk of chunks) assert.isAtMost(terms(Constraint.jobs(chunk)), 100)
  })

  it("one great cluster is one term, however many its jobs, and no longer than one argument may be", () => {
    const jobs = Array.from({ length: 12_345 }, (_, proc) => id(2_147_483_647, 2_147_400_000 + proc))
    const chunks = Constraint.chunks(jobs)
    assert.deepStrictEqual(chunks.map((chunk) => chunk.length), [5_000, 5_000, 2_345])
    for (const chunk of chunks) {
      const constraint = Constraint.jobs(chunk)
      assert.strictEqual(terms(constraint), 1)
      assert.isBelow(constraint.length, 131_072)
    }
  })

  it("a cluster is not torn apart while it fits", () => {
    const jobs = Array.from({ length: 300 }, (_, index) => id(1 + (index % 3), index))
    assert.strictEqual(Constraint.chunks(jobs).length, 1)
  })

  it("no jobs are no chunk, and a constraint that picks nothing", () => {
    assert.deepStrictEqual(Constraint.chunks([]), [])
    assert.strictEqual(Constraint.jobs([]), "false")
  })

  it("writes what the documentation shows", () => {
    assert.strictEqual(
      Constraint.jobs([id(7, 0), id(7, 1), id(9, 3)]),
      "((ClusterId == 7 && member(ProcId,{0,1})) || (ClusterId == 9 && ProcId == 3))"
    )
  })

  it("a condition of its own divides a cluster into terms, one for each condition", () => {
    assert.strictEqual(
      Constraint.jobs([id(7, 0), id(7, 1), id(7, 2)], ({ proc }) => `Key == ${proc % 2}`),
      "((ClusterId == 7 && Key == 0 && member(ProcId,{0,2})) || (ClusterId == 7 && Key == 1 && ProcId == 1))"
    )
  })

  it("all() keeps its members apart", () => {
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
  ])("the literal of %j is %j", (text, expected) => {
    assert.strictEqual(Constraint.stringLiteral(text), expected)
  })

  it.prop("a literal ends where it should", [Schema.String], ([text]) => {
    const written = Constraint.stringLiteral(text)
    if (written !== undefined) assert.match(written, /^"(?:[^"\\]|\\"|\\(?!"))*"$/)
  }, { timeout: 60_000, arbitrary: { runs: 1_000 } })
})
