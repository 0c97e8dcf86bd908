/** Answers of condor_qedit. The real tools of both versions gave the same answers. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ClassAd, Printer } from "../../../src/classad/index.ts"
import type { Version } from "../../../src/testing/fake/Job.ts"
import * as Edit from "../../../src/testing/fake/tools/Edit.ts"
import { lines, other, play, stderr, stdout } from "./Play.ts"
import * as Stub from "./StubQueue.ts"

const make = (version: Version = "latest") => {
  const jobs = [Stub.job(2, 0), Stub.job(2, 1), Stub.job(3, 0, {}, other)]
  const value = (id: number, name: string) => {
    const expr = ClassAd.get(jobs[id]?.ad ?? ClassAd.make([]), name)
    return expr === undefined ? undefined : Printer.print(expr, { strings: "old" })
  }
  return { value, edit: play(Edit.run, "condor_qedit", Stub.queue(version, jobs)) }
}

const unset = (text: string) =>
  stderr(`Failed to set attribute ${text}\nQueue transaction failed.  No attributes were set.\n`)

const refused = (text: string) => stderr(`${text}\nTransaction failed.  No attributes were set.\n`)

describe("condor_qedit", () => {
  it.effect("edit: sets expressions on the user's jobs, in the order of the attribute names", () =>
    Effect.gen(function*() {
      const { edit, value } = make()
      assert.deepStrictEqual(
        yield* edit(["-constraint", "true", "abe", "\"a\\b\"", "Foo", "strcat(\"x\",ProcId)", "_x", "1"]),
        stdout(lines(
          "Set attribute \"Foo\" for 2 matching jobs.",
          "Set attribute \"_x\" for 2 matching jobs.",
          "Set attribute \"abe\" for 2 matching jobs."
        ))
      )
      assert.strictEqual(value(1, "Foo"), "strcat(\"x\",ProcId)")
      assert.strictEqual(value(1, "abe"), "\"a\\b\"")
      assert.strictEqual(value(2, "Foo"), undefined)
      const set = (jobs: number) => stdout(`Set attribute "Foo" for ${jobs} matching jobs.\n`)
      assert.deepStrictEqual(yield* edit(["2.0", "Foo=4"]), set(1))
      assert.deepStrictEqual(yield* edit(["2.0", "2.1", "2.0", "Foo", "4"]), set(2))
      assert.deepStrictEqual(yield* edit(["2", "99", "Foo", "4"]), set(2))
      assert.deepStrictEqual(yield* edit(["pilot", "Foo", "4"]), set(2))
      assert.deepStrictEqual(yield* edit(["2", "-constraint", "ProcId == 0", "Foo", "4"]), set(1))
    }))

  it.effect("unknown job, or job of another user: nothing is set", () =>
    Effect.gen(function*() {
      const { edit, value } = make()
      const foo = ["Foo", "1", "Bar", "2"]
      assert.deepStrictEqual(yield* edit(["2.0", "99.0", ...foo]), unset("\"Bar\" for job 99.0."))
      assert.deepStrictEqual(yield* edit(["3.0", ...foo]), unset("\"Bar\" for job 3.0."))
      assert.deepStrictEqual(yield* edit(["99", ...foo]), unset("\"Bar\" by constraint: ( (ClusterId == 99 ) )"))
      assert.deepStrictEqual(
        yield* edit(["2", "3", ...foo]),
        unset("\"Bar\" by constraint: ( (ClusterId == 2 || ClusterId == 3 ) )")
      )
      assert.deepStrictEqual(
        yield* edit(["-constraint", "ClusterId == 3", ...foo]),
        unset("\"Bar\" by constraint: ( (ClusterId == 3) )")
      )
      assert.deepStrictEqual(
        yield* edit(["2.0", "-constraint", "false", ...foo]),
        unset("\"Bar\" by constraint: ( (false) && (( ClusterId == 2 && ProcId == 0 )) )")
      )
      assert.deepStrictEqual(yield* edit(["nobody", ...foo]), unset("\"Bar\" by constraint: ( (Owner==\"nobody\") )"))
      assert.strictEqual(value(0, "Foo"), undefined)
    }))

  it.effect("protected attributes and invalid values: are refused", () =>
    Effect.gen(function*() {
      const edit = (...args: ReadonlyArray<string>) => make().edit(["2.0", ...args])
      const immutable = (name: string) => refused(`Update of immutable attribute "${name}" is not allowed.`)
      assert.deepStrictEqual(yield* edit("Zoo", "1", "ClusterId", "3"), immutable("ClusterId"))
      assert.deepStrictEqual(yield* edit("Owner", "\"x\""), immutable("Owner"))
      assert.deepStrictEqual(yield* edit("JobUniverse", "7"), immutable("JobUniverse"))
      assert.strictEqual((yield* make("lts").edit(["2.0", "JobUniverse", "7"])).exitCode, 0)
      assert.deepStrictEqual(
        yield* edit("AuthTokenId", "1"),
        refused("Update of secure attribute \"AuthTokenId\" is not allowed.")
      )
      for (const value of ["bad =", "", "\"a\nb\"", "="]) {
        assert.deepStrictEqual(yield* edit("Foo", value), refused("Update aborted, illegal value for : Foo"))
      }
    }))

  // A 25.14 gateway accepted 396 levels by constraint and 397 by number.
  it.effect("too deep constraint on latest: nothing is set", () =>
    Effect.gen(function*() {
      const clusters = (count: number) => Array.from({ length: count }, (_, index) => index + 100)
      const ask = (version: Version, count: number) =>
        make(version).edit([
          "-constraint",
          ["ClusterId == 2", ...clusters(count - 1).map((cluster) => `ClusterId == ${cluster}`)].join(" || "),
          "Foo",
          "1"
        ])
      assert.strictEqual((yield* ask("latest", 396)).exitCode, 0)
      assert.match((yield* ask("latest", 397)).stderr, /^Failed to set attribute "Foo" by constraint: /)
      assert.strictEqual((yield* ask("lts", 397)).exitCode, 0)
      const byNumber = (count: number) => make().edit(["2", ...clusters(count - 1).map(String), "Foo", "1"])
      assert.strictEqual((yield* byNumber(397)).exitCode, 0)
      assert.strictEqual((yield* byNumber(398)).exitCode, 1)
    }))

  it.effect("bad command line: has an error message", () =>
    Effect.gen(function*() {
      const said = (...args: ReadonlyArray<string>) => Effect.map(make().edit(args), ({ stderr }) => stderr)
      assert.strictEqual(yield* said("-constraint", "bad ==", "Foo", "1"), "condor_qedit: invalid constraint: bad ==\n")
      assert.match(yield* said("2.0", "Foo"), /^condor_qedit : expression required after attribute Foo\nUsage: /)
      assert.match(yield* said("2.0"), /^condor_qedit : Error - no attributes specifed.\nUsage: /)
      assert.match(yield* said("-xyz"), /^condor_qedit: -xyz is not a valid option\nUsage: /)
      assert.match(yield* said(), /^Usage: /)
      const reader = yield* make().edit(["2.0", "Foo", "1"], { mayWrite: false })
      assert.match(reader.stderr, /^Failed to connect to queue manager <192.0.2.1:9619\?[^>]*>\n$/)
    }))
})
