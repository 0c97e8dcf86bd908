/** Answers of condor_q. The real tools of both versions gave the same answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { Expr, Parser } from "../../../src/classad/index.ts"
import type { Version } from "../../../src/testing/fake/Job.ts"
import * as Query from "../../../src/testing/fake/tools/Query.ts"
import { lines, other, play, stderr, stdout } from "./Play.ts"
import * as Stub from "./StubQueue.ts"

const expr = (text: string): Expr.Expr => Result.getOrThrow(Parser.parse(text, { strings: "old" }))

const attributes = {
  RStr: "a b\\c",
  RExpr: expr("1 + 2"),
  RExpr2: expr("JobStatus == 1 && Tag =?= \"t6\""),
  RList: expr("{1, \"x\", undefined, 1+1}"),
  RAd: expr("[a = 1; bb = \"z\"; c = 1.5]"),
  RReal: Expr.real(1),
  RZero: Expr.real(-0),
  RUndef: Expr.undefinedLiteral,
  RErr: Expr.errorLiteral,
  RTime: expr("absTime(\"2026-01-02T03:04:05+00:00\")"),
  RRel: expr("relTime(\"1+02:03:04\")"),
  RBig: Expr.integer(9223372036854775807n),
  RUni: "ä€"
}

const jobs = () => [
  ...[0, 1, 2].map((proc) => Stub.job(2, proc, attributes)),
  ...[0, 1].map((proc) => Stub.job(3, proc, {}, other))
]

const decodeSummary = Schema.decodeEffect(Schema.fromJsonString(Schema.NonEmptyArray(Schema.Unknown)))

const query = (version: Version = "latest") => play(Query.run, "condor_q", Stub.queue(version, jobs()))

describe("condor_q", () => {
  it.effect("-json: prints sorted keys in the case of the query, and expressions without evaluation", () =>
    Effect.gen(function*() {
      const names = ["ProcId", "clusterid", "Nope", ...Object.keys(attributes)].join(",")
      assert.deepStrictEqual(
        yield* query()(["2.0", "-json", "-attributes", names]),
        stdout(lines(
          "[",
          "{",
          "  \"clusterid\": 2,",
          "  \"ProcId\": 0,",
          "  \"RAd\": {",
          "    \"a\": 1,",
          "    \"c\": 1.5,",
          "    \"bb\": \"z\"",
          "  },",
          "  \"RBig\": 9223372036854775807,",
          "  \"RErr\": \"\\/Expr(error)\\/\",",
          "  \"RExpr\": \"\\/Expr(1 + 2)\\/\",",
          "  \"RExpr2\": \"\\/Expr(JobStatus == 1 && Tag is \\\"t6\\\")\\/\",",
          "  \"RList\": [",
          "    1,",
          "    \"x\",",
          "    null,",
          "    \"\\/Expr(1 + 1)\\/\"",
          "  ],",
          "  \"RReal\": 1.0,",
          "  \"RRel\": 93784.0,",
          "  \"RStr\": \"a b\\\\c\",",
          "  \"RTime\": \"\\/Expr(absTime(\\\"2026-01-02T03:04:05-00:00\\\"))\\/\",",
          "  \"RUndef\": null,",
          "  \"RUni\": \"ä€\",",
          "  \"RZero\": -0.0",
          "}",
          "]"
        ))
      )
      assert.deepStrictEqual(
        yield* query()(["2", "-json", "-attributes", "Nope", "-limit", "2"]),
        stdout(lines("[", "{", "}", ",", "{", "}", "]"))
      )
    }))

  it.effect("-af: evaluates expressions, and -af:r does not", () =>
    Effect.gen(function*() {
      const columns = ["ProcId", "RExpr", "RStr", "RList", "RAd", "RTime", "RRel", "RUndef", "RErr", "Nope", "RReal"]
      assert.deepStrictEqual(
        yield* query()(["2.1", "-af", ...columns]),
        stdout(
          "1 3 a b\\c { 1,\"x\",undefined,1 + 1 } [ a = 1; c = 1.5; bb = \"z\" ] " +
            "absTime(\"2026-01-02T03:04:05-00:00\") 93784.0 undefined error undefined 1.0\n"
        )
      )
      assert.deepStrictEqual(
        yield* query()(["2.1", "-af:r", "RExpr", "RExpr2", "RStr", "RRel", "RUndef", "Nope", "RExpr+1"]),
        stdout(
          "1 + 2 JobStatus == 1 && Tag =?= \"t6\" \"a b\\c\" relTime(\"1+02:03:04\") undefined undefined RExpr + 1\n"
        )
      )
      assert.deepStrictEqual(yield* query()(["2.0", "-af", "ServerTime", "RExpr+1"]), stdout("1700000000 4\n"))
      // Columns end at the first that does not parse.
      assert.deepStrictEqual(yield* query()(["2.0", "-af", "ProcId", "bad ==", "ProcId"]), stdout("0\n"))
    }))

  it.effect.each(
    [
      ["-af:j", "2.0 0 3\n"],
      ["-af:l", "ProcId = 0 RExpr = 3\n"],
      ["-af:t", "0\t3\n"],
      ["-af:,", "0, 3\n"],
      ["-af:lj", "ID = 2.0 ProcId = 0 RExpr = 3\n"],
      ["-af:h", "ProcId RExpr\n0      3    \n"],
      ["-af:jh", " ID ProcId RExpr\n2.0 0      3    \n"]
    ] as const
  )("%s: has its format", ([modifiers, expected]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* query()(["2.0", modifiers, "ProcId", "RExpr"]), stdout(expected))
    }))

  it.effect("-long: prints sorted attributes, with an empty line after each ad", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* query()(["2.0", "-long", "-attributes", "procid,RSTR,RExpr2,Nope"]),
        stdout("procid = 0\nRExpr2 = JobStatus == 1 && Tag =?= \"t6\"\nRSTR = \"a b\\c\"\n\n")
      )
      assert.deepStrictEqual(yield* query()(["999", "-long"]), stdout(""))
    }))

  it.effect("jobs of others: are shown by number, by name and with -allusers; without jobs nothing is printed", () =>
    Effect.gen(function*() {
      const show = (...args: ReadonlyArray<string>) => query()([...args, "-af", "ClusterId", "ProcId"])
      const own = "2 0\n2 1\n2 2\n"
      const others = "3 0\n3 1\n"
      assert.deepStrictEqual(yield* show(), stdout(own))
      assert.deepStrictEqual(yield* show("-constraint", "true"), stdout(own))
      assert.deepStrictEqual(yield* show("-constraint", "ClusterId == 3"), stdout(""))
      assert.deepStrictEqual(yield* show("-allusers", "-constraint", "ClusterId == 3"), stdout(others))
      assert.deepStrictEqual(yield* show("3"), stdout(others))
      assert.deepStrictEqual(yield* show("other", "3.0"), stdout(others))
      assert.deepStrictEqual(yield* show("2.1", "2.0", "2.0"), stdout("2 0\n2 1\n"))
      assert.deepStrictEqual(yield* show("2.0", "-constraint", "ProcId == 1"), stdout(""))
      assert.deepStrictEqual(yield* show("-constraint", "ClusterId==2", "-constraint", "ProcId"), stdout("2 1\n2 2\n"))
      for (
        const nothing of [["999", "-json"], ["999.0", "-json"], ["abc", "-json"], ["-constraint", "false", "-json"]]
      ) {
        assert.deepStrictEqual(yield* query()(nothing), stdout(""))
      }
    }))

  // How many of them a 25.14 gateway accepted. With one more it printed nothing, with exit code 0.
  const many = (count: number, each: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => each(index))
  const or = (count: number) => many(count, (index) => `ClusterId == ${index + 2}`).join(" || ")
  it.effect.each(
    [
      ["clusters", 398, (count: number) => many(count, (index) => String(index + 2))],
      ["jobs", 397, (count: number) => many(count, (index) => `${index + 2}.0`)],
      ["alternatives", 397, (count: number) => ["-constraint", or(count)]],
      ["alternatives for all users", 399, (count: number) => ["-allusers", "-constraint", or(count)]],
      ["alternatives with a guard", 396, (count: number) => ["-constraint", `(${or(count)}) && (true)`]],
      ["conditions", 400, (count: number) => ["-constraint", many(count, () => "true").join(" && ")]],
      ["sums", 400, (count: number) => ["-constraint", many(count, () => "1").join("+")]],
      ["conditionals", 398, (count: number) => ["-constraint", `${"false ? 1 : ".repeat(count)}true`]]
    ] as const
  )("too many %s on latest: prints nothing", ([, most, args]) =>
    Effect.gen(function*() {
      const ask = (version: Version, count: number) => query(version)([...args(count), "-af", "ProcId", "-limit", "1"])
      assert.deepStrictEqual(yield* ask("latest", most), stdout("0\n"))
      assert.deepStrictEqual(yield* ask("latest", most + 1), stdout(""))
      assert.deepStrictEqual(yield* ask("lts", most + 1), stdout("0\n"))
    }))

  it.effect("-stream-results: does not change the output for a few jobs", () =>
    Effect.gen(function*() {
      const question = ["-constraint", "ProcId < 2", "-json", "-attributes", "ClusterId,ProcId"]
      const streamed = yield* query()(["-stream-results", ...question])
      assert.include(streamed.stdout, "\"ProcId\": 1")
      assert.deepStrictEqual(streamed, yield* query()(question))
    }))

  it.effect("bad command line: has an error message", () =>
    Effect.gen(function*() {
      const schedd = "<192.0.2.1:9619?addrs=192.0.2.1-9619&alias=ce.example.org&noUDP&sock=schedd_43_12a9>"
      const bad = ["-constraint", "ClusterId ==", "-json"]
      assert.deepStrictEqual(
        yield* query("lts")(bad),
        stderr("\n-- Parse error in constraint expression \"ClusterId ==\"\n")
      )
      assert.deepStrictEqual(
        yield* query("latest")(bad),
        stderr(`\n-- Failed to fetch ads from: ${schedd} : ce.example.org\n\n\n`)
      )
      const brackets = ["-constraint", `${"(".repeat(164)}true${")".repeat(164)}`, "-af", "ProcId"]
      assert.strictEqual((yield* query("latest")(brackets)).exitCode, 1)
      assert.strictEqual((yield* query("lts")(brackets)).exitCode, 0)
      const said = (...args: ReadonlyArray<string>) => Effect.map(query()(args), ({ stderr }) => stderr)
      assert.strictEqual(yield* said("-constraint"), "Error: -constraint requires another parameter\n")
      assert.strictEqual(yield* said("-limit", "x"), "Error: Unable to convert (x) to a number for -limit.\n")
      assert.strictEqual(yield* said("-limit", "0"), "Error: 0 is not a valid for -limit.\n")
      assert.strictEqual(yield* said("-af"), "Error: -autoformat requires at least one attribute parameter\n")
      assert.strictEqual(yield* said("-xyz"), "Error: unrecognized argument -xyz\n")
      assert.include(yield* said("2.0"), "does not play tables")
      assert.include(yield* said("2.0", "-af:g", "ProcId"), "does not play -af:g")
    }))

  it.effect.each(
    [["lts", "pilot"], ["latest", "pilot@users.htcondor.org"]] as const
  )("-totals: has the user of the call (%s)", ([version, name]) =>
    Effect.gen(function*() {
      const zeros = (prefix: string) =>
        ["Completed", "Held", "Idle", "Jobs", "Removed", "Running", "Suspended"].map((one) => [`${prefix}${one}`, 0])
      const scheduler = (prefix: string) => zeros(`${prefix}Scheduler`).slice(0, -1)
      const { exitCode, stdout } = yield* query(version)(["-totals", "-json", "-constraint", "false"])
      assert.strictEqual(exitCode, 0)
      const [summary] = yield* Effect.orDie(decodeSummary(stdout))
      assert.deepStrictEqual(summary, {
        ...Object.fromEntries(["", "My", "Allusers"].flatMap((prefix) => zeros(prefix).concat(scheduler(prefix)))),
        MyIdle: 3,
        MyJobs: 3,
        AllusersIdle: 5,
        AllusersJobs: 5,
        ErrorCode: 0,
        MyName: name,
        MyType: "Summary",
        ServerTime: 1_700_000_000
      })
      const [all] = yield* Effect.orDie(
        decodeSummary((yield* query(version)(["-totals", "-json", "-allusers"])).stdout)
      )
      assert.notProperty(all, "MyName")
      assert.propertyVal(all, "Jobs", 5)
    }))
})
