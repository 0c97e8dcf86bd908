/** Calls of a diagnosis that are not among the recordings: `-debug`, calls without authentication, and faults. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import * as Ping from "../../../src/condor/tools/Ping.ts"
import * as Trace from "../../../src/condor/tools/Trace.ts"
import { CondorTool } from "../../../src/index.ts"
import { FakeGrid, FakeSchedd } from "../../../src/testing/index.ts"

const now = Date.UTC(2026, 10, 26)

const nobody = { _CONDOR_SEC_CLIENT_AUTHENTICATION: "NEVER", ...Trace.environment }

const ask = (
  tool: CondorTool.ToolName,
  args: ReadonlyArray<string>,
  environment: Record<string, string> = nobody
) =>
  Effect.andThen(
    TestClock.setTime(now),
    Effect.flatMap(CondorTool.CondorTool, ({ run }) => run({ tool, args, environment, timeout: "5 minutes" }))
  )

const pool = ["-pool", "ce.example.org:9619"]

const site = (options: FakeSchedd.Options = {}) =>
  Effect.provide(FakeSchedd.layer(options).pipe(Layer.provide(NodeServices.layer)))

const look = ["-debug", ...pool, "-schedd", "-af", "Name"]

describe("a call without authentication", () => {
  it.effect("-debug: shows the public ads, and how the tool connected", () =>
    Effect.gen(function*() {
      const result = yield* ask("condor_status", look)
      assert.strictEqual(result.stdout, "ce.example.org\n")
      assert.match(result.stderr, /^11\/26\/26 00:00:00 SECMAN: command 6 /)
      assert.deepInclude(Trace.read(result), {
        connection: { address: "192.0.2.1:9619", failure: undefined },
        time: now / 1000,
        refusal: undefined,
        said: ""
      })
      const ping = yield* ask("condor_ping", [
        ...pool,
        "-name",
        "ce.example.org",
        "-type",
        "schedd",
        "-verbose",
        "READ"
      ])
      assert.deepStrictEqual(Ping.read(ping.stdout, "READ"), {
        _tag: "Allowed",
        identity: "unauthenticated@unmapped",
        method: undefined,
        version: "25.14.1",
        time: now / 1000
      })
    }).pipe(site()))

  it.effect("without -debug: prints nothing on stderr", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ask("condor_status", look.slice(1))).stderr, "")
      const { _CONDOR_TOOL_DEBUG, ...quiet } = { _CONDOR_TOOL_DEBUG: "", ...nobody }
      assert.strictEqual(_CONDOR_TOOL_DEBUG, "D_SECURITY")
      assert.strictEqual((yield* ask("condor_status", look, quiet)).stderr, "")
    }).pipe(site()))
})

describe("a tool that fails", () => {
  const traced = (options: FakeSchedd.Options, args = look, environment: Record<string, string> = nobody) =>
    Effect.map(site(options)(ask("condor_status", args, environment)), Trace.read)

  it.effect("-debug: shows the reason", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* traced({ faults: [{ _tag: "Unreachable" }] })).connection, {
        address: "192.0.2.1:9619",
        failure: "Connection refused (connect errno = 111)"
      })
      const refused = yield* traced({ faults: [{ _tag: "TokenRefused" }] })
      assert.deepStrictEqual(refused.refusal, { _tag: "Refused" })
      const elsewhere = yield* traced({}, ["-debug", "-pool", "nosuch.example.org:9619", "-schedd", "-af", "Name"])
      assert.strictEqual(elsewhere.connection, undefined)
      assert.include(elsewhere.said, "unknown host nosuch.example.org")
    }))
})

describe.each(["lts", "latest"] as const)("condor_config_val of %s", (version) => {
  const settings = ask("condor_config_val", [
    ...pool,
    "-name",
    "ce.example.org",
    "-schedd",
    "MAX_JOBS_PER_OWNER",
    "FOO"
  ])

  it.effect("denied: has an error message for each setting", () =>
    Effect.gen(function*() {
      const { exitCode, stderr } = yield* settings
      assert.strictEqual(exitCode, 1)
      assert.match(
        stderr,
        /^Can't send end of message\nNot defined: MAX_JOBS_PER_OWNER\nCan't receive reply from schedd on ce\.example\.org <.*>\nNot defined: FOO\n$/
      )
    }).pipe(site({ version, faults: [{ _tag: "Denied" }] })))

  it.effect("without -schedd: is not implemented", () =>
    Effect.gen(function*() {
      const elsewhere = yield* ask("condor_config_val", [...pool, "-name", "ce.example.org", "FOO"])
      assert.include(elsewhere.stderr, "does not play a call without -schedd")
    }).pipe(site({ version })))
})

describe("a grid", () => {
  it.effect("-version: prints the version of the first CE", () =>
    Effect.gen(function*() {
      const { stdout } = yield* ask("condor_ping", ["-version"])
      assert.match(stdout, /^\$CondorVersion: 23\.9\.6 /)
    }).pipe(Effect.provide(FakeGrid.layer({ a: { version: "lts" }, b: {} }).pipe(Layer.provide(NodeServices.layer)))))
})
