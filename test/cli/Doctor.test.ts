import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import * as Diagnosis from "../../src/ce/Diagnosis.ts"
import type * as Backend from "../../src/cli/Backend.ts"
import * as Connection from "../../src/cli/Connection.ts"
import { line } from "../../src/cli/Doctor.ts"
import { CondorTool } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import { directory, document, run } from "./utils.ts"

/** The tools of a fake CE, with the credentials that the command line names. */
const services =
  (options: FakeSchedd.Options = {}, asked: Array<Connection.Connection> = []): Backend.Services => (connection) => {
    asked.push(connection)
    return Layer.merge(Connection.credentials(connection), FakeSchedd.layer(options)).pipe(
      Layer.provide(NodeServices.layer)
    )
  }

const tokenFile = Effect.map(
  directory({ token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwaWxvdCJ9.c2ln" }),
  ({ at }) => at("token")
)

const doctor = (args: ReadonlyArray<string>, services: Backend.Services) =>
  Effect.gen(function*() {
    const env = { HTCONDOR_CE_ENDPOINT: "ce.example.org", HTCONDOR_CE_TOKEN_FILE: yield* tokenFile }
    return yield* run(["doctor", ...args], { services, env })
  })

describe("htcondor-ce doctor", () => {
  it.effect("prints a line for each check, and exits with 0 if none has failed", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* doctor([], services())
      assert.strictEqual(code, 0)
      assert.deepStrictEqual(stderr, [])
      assert.deepStrictEqual(
        stdout.map((text) => text.split(/ {2,}/).slice(0, 2)),
        Diagnosis.CheckName.literals.map((name) => [
          name === "certificate" || name === "proxy" ? "skipped" : "ok",
          name
        ])
      )
      assert.strictEqual(stdout[2], "ok       name            ce.example.org is 192.0.2.1")
      assert.strictEqual(stdout[6], "ok       token           IdToken of pilot, does not expire")
    }))

  it.effect("exits with 1 if one has failed, and says what to do", () =>
    Effect.gen(function*() {
      const { code, stdout } = yield* doctor(["--ce", "ce.example.org:1", "--schedd", "x"], services())
      assert.strictEqual(code, 1)
      const failed = stdout.filter((text) => text.startsWith("failed"))
      assert.deepStrictEqual(failed, [
        "failed   connection      192.0.2.1:1: Connection refused (connect errno = 111). " +
        "Fix: nobody listens there: is 1 the port (that of an HTCondor-CE is 9619), and is the CE up?"
      ])
      assert.strictEqual(stdout.length, Diagnosis.CheckName.literals.length)
    }))

  it.effect("prints one list with --json, whatever it has found", () =>
    Effect.gen(function*() {
      for (const [ce, expected] of [["ce.example.org", 0], ["nosuch.example.org", 1]] as const) {
        const { code, stderr, stdout } = yield* doctor(["--json", "--ce", ce], services())
        assert.strictEqual(code, expected)
        assert.deepStrictEqual(stderr, [])
        const list = yield* Schema.decodeUnknownEffect(Schema.Array(Diagnosis.Check))(yield* document(stdout))
        assert.deepStrictEqual(
          list.map(({ check }) => check),
          Array.from(Diagnosis.CheckName.literals)
        )
        assert.deepInclude(list, {
          check: "clock",
          status: code === 0 ? "ok" : "skipped",
          detail: code === 0 ? "the CE's is as this host's, to a second" : "the collector does not answer"
        })
      }
    }))

  it.effect("asks with what the flags say", () =>
    Effect.gen(function*() {
      const asked: Array<Connection.Connection> = []
      yield* doctor(["--condor-bin", "/opt/bin", "--tool-timeout", "3"], services({}, asked))
      assert.deepStrictEqual(asked.map(({ condorBin, endpoint }) => [condorBin, endpoint]), [[
        "/opt/bin",
        "ce.example.org"
      ]])
    }))

  it.effect("refuses an endpoint that makes no sense as a usage error", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* doctor(["--ce", "<192.0.2.1:9619>"], services())
      assert.deepStrictEqual([code, stdout], [2, []])
      assert.include(stderr[0], "sinful string")
    }))

  it.effect("shows where the tools are", () =>
    Effect.gen(function*() {
      const { at } = yield* directory({ "condor_status": "" })
      const { stdout } = yield* doctor(["--condor-bin", at(".")], services())
      assert.include(stdout[0], `HTCondor 25.14.1 in ${at("")}: ${CondorTool.toolNames.join(", ")}`.replace(/\/:/, ":"))
    }))

  it("keeps a line one line, whatever a CE says", () => {
    // The console removes codes that move the cursor: see Printable.
    assert.strictEqual(
      line({ check: "schedd", status: "failed", detail: "it has a\n\u001b[2Jb", fix: "name\r\nit" }),
      "failed   schedd          it has a \u001b[2Jb. Fix: name it"
    )
  })
})
