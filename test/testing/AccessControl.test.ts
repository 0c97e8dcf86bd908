/** Which calls reach a schedd, and the answers to the others. Both versions of the real tools gave these answers. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Path, Result, Schema } from "effect"
import type { ToolName } from "../../src/condor/tools/CondorTool.ts"
import * as ToolFailure from "../../src/condor/tools/ToolFailure.ts"
import * as AccessControl from "../../src/testing/fake/AccessControl.ts"
import type { Version } from "../../src/testing/fake/Job.ts"
import type * as Token from "../../src/testing/fake/Token.ts"

const now = 1_700_000_000_000

const encode = Schema.encodeSync(Schema.StringFromBase64Url)

const jwt = (claims: unknown): string =>
  [{ alg: "HS256" }, claims, "signature"].map((part) => encode(JSON.stringify(part))).join(".")

const argsOf: Readonly<Record<ToolName, ReadonlyArray<string>>> = {
  condor_submit: ["-terse", "-"],
  condor_q: ["1.0", "-json"],
  condor_history: ["1.0", "-json"],
  condor_rm: ["1.0"],
  condor_release: ["1.0"],
  condor_qedit: ["-constraint", "x", "Foo", "1"],
  condor_transfer_data: ["1.0"],
  condor_status: ["-schedd", "-af", "Name"],
  condor_ping: ["-type", "schedd", "-verbose", "READ"],
  condor_config_val: ["-schedd", "MAX_JOBS_PER_OWNER"]
}

const call = (tool: ToolName, environment = {}, pool = "10.0.0.1:9619", schedd = "ce@local") => ({
  tool,
  args: [
    "-pool",
    pool,
    ...(tool === "condor_status" ? [] : [tool === "condor_submit" ? "-remote" : "-name", schedd]),
    ...argsOf[tool]
  ],
  environment,
  timeout: "1 minute"
} as const)

const site = (version: Version): Token.Site => ({ endpoint: "10.0.0.1:9619", schedd: "ce@local", version, now })

/** The environment of a call with these token files. */
const tokens = Effect.fnUntraced(function*(files: Readonly<Record<string, string>>, mode = 0o600) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped()
  for (const [name, content] of Object.entries(files)) {
    yield* fileSystem.writeFileString(path.join(directory, name), content, { mode })
  }
  return { _CONDOR_SEC_TOKEN_DIRECTORY: directory }
})

const enter = (environment: Readonly<Record<string, string>>, options: Partial<Token.Site> = {}) =>
  AccessControl.enter(call("condor_q", environment), { ...site("latest"), ...options })

const valid = { sub: "pilot", exp: now / 1000 + 60 }
const pilot = { user: "pilot@users.htcondor.org", mayWrite: true }

describe("AccessControl", () => {
  it.layer(NodeServices.layer)((it) => {
    it.effect("enter: takes the user from the token", () =>
      Effect.gen(function*() {
        const as = Effect.fnUntraced(function*(claims: unknown) {
          return Result.getOrThrow(yield* enter(yield* tokens({ token: `# comment\n${jwt(claims)}\n` })))
        })
        assert.deepStrictEqual(yield* as(valid), pilot)
        assert.deepStrictEqual(
          yield* as({ sub: "pilot@users.htcondor.org", scope: "condor:/READ condor:/WRITE" }),
          pilot
        )
        assert.deepStrictEqual(yield* as({ ...valid, scope: "condor:/READ" }), { ...pilot, mayWrite: false })
        assert.deepStrictEqual(yield* as({ ...valid, scope: "condor:/WRITE" }), pilot)
        assert.deepStrictEqual(yield* as({ sub: "pilot@elsewhere.org" }), {
          user: "pilot@elsewhere.org",
          mayWrite: false
        })
        // Tests can use any text as a token.
        assert.deepStrictEqual(Result.getOrThrow(yield* enter(yield* tokens({ token: "token\n" }))), pilot)
      }))

    it.effect("enter: refuses invalid tokens, and files that other users can read", () =>
      Effect.gen(function*() {
        const refused = AccessControl.refused(call("condor_q"), "latest")
        const answers = [
          yield* enter({}),
          yield* enter(yield* tokens({})),
          yield* enter(yield* tokens({ token: jwt({ ...valid, exp: now / 1000 }) })),
          yield* enter(yield* tokens({ token: jwt({ exp: 1 }) })),
          yield* enter(yield* tokens({ token: "a.b.c" })),
          yield* enter(yield* tokens({ token: "junk" }), { anyToken: false }),
          yield* enter(yield* tokens({ token: jwt(valid) }, 0o644)),
          yield* enter(yield* tokens({ ".token": jwt(valid), "token~": jwt(valid) })),
          yield* enter({ _CONDOR_SEC_TOKEN_DIRECTORY: "/no/such/directory" })
        ]
        for (const answer of answers) assert.deepStrictEqual(answer, Result.fail(refused))
      }))

    it.effect("enter: compares the address and the name of the schedd", () =>
      Effect.gen(function*() {
        const environment = yield* tokens({ token: jwt(valid) })
        const ask = Effect.fnUntraced(function*(tool: ToolName, pool: string, schedd: string, version: Version) {
          const entered = yield* AccessControl.enter(call(tool, environment, pool, schedd), site(version))
          return Result.isSuccess(entered) ? "" : `${entered.failure.stdout}|${entered.failure.stderr}`
        })
        const own = "10.0.0.1:9619"
        assert.strictEqual(yield* ask("condor_q", own, "ce@local", "latest"), "")
        assert.strictEqual(
          yield* ask("condor_q", own, "x@local", "latest"),
          "|Error: Collector has no record of schedd/submitter\n"
        )
        assert.match(yield* ask("condor_q", own, "x", "lts"), /^\n\|Error: unknown host x\nExtra Info: The name given /)
        assert.strictEqual(
          yield* ask("condor_rm", own, "x@local", "lts"),
          "|condor_rm: Can't find address for schedd x@local\n"
        )
        assert.strictEqual(
          yield* ask("condor_transfer_data", own, "x", "lts"),
          "|condor_transfer_data: unknown host x\n"
        )
        assert.strictEqual(
          yield* ask("condor_submit", own, "x@local", "lts"),
          "|\nERROR: Can't find address of schedd x@local\n"
        )
        assert.strictEqual(
          yield* ask("condor_history", own, "x@local", "latest"),
          `[\n|Unable to locate remote schedd (name=x@local, pool=${own}).\n`
        )
        assert.strictEqual(
          yield* ask("condor_qedit", "10.0.0.2:9619", "ce@local", "latest"),
          "|condor_qedit: No such schedd named ce@local in 10.0.0.2:9619 pool\n"
        )
        const closed = "10.0.0.1:1"
        assert.strictEqual(yield* ask("condor_rm", closed, "ce@local", "lts"), "|condor_rm: (null)\n")
        assert.strictEqual(
          yield* ask("condor_rm", closed, "ce@local", "latest"),
          "|condor_rm: CEDAR:6001:Failed to connect to <10.0.0.1:1>\n"
        )
        const nowhere = "no.such.host:9619"
        assert.match(
          yield* ask("condor_status", nowhere, "", "lts"),
          /^\n\|Error: unknown host no.such.host\nExtra Info: /
        )
        assert.strictEqual(
          yield* ask("condor_rm", nowhere, "ce@local", "lts"),
          "|condor_rm: unknown host no.such.host\n"
        )
        assert.strictEqual(
          yield* ask("condor_transfer_data", nowhere, "ce@local", "latest"),
          "|condor_transfer_data: CONDOR_STATUS:1:Unable to resolve COLLECTOR_HOST ((null)).\n"
        )
      }))
  })

  it("messages: have the line breaks of HTCondor", () => {
    const { stderr } = AccessControl.refused(call("condor_status"), "latest")
    const lines = stderr.split("\n")
    assert.deepStrictEqual(lines.slice(0, 8), [
      "Error: communication error",
      "AUTHENTICATE:1003:Failed to authenticate with any method",
      "AUTHENTICATE:1004:Failed to authenticate using IDTOKENS",
      "Error: Couldn't contact the condor_collector on <unknown_host> ",
      "(<10.0.0.1:9619>). ",
      "",
      "Extra Info: the condor_collector is a process that runs on the central ",
      "manager of your Condor pool and collects the status of all the machines and "
    ])
    assert.deepStrictEqual(lines.slice(-6), [
      "If you are the system administrator, check that the condor_collector is ",
      "running on <unknown_host> (<10.0.0.1:9619>), check the ALLOW/DENY ",
      "configuration in your condor_config, and check the MasterLog and CollectorLog ",
      "files in your log directory for possible clues as to why the condor_collector ",
      "is not responding. Also see the Troubleshooting section of the manual. ",
      ""
    ])
  })

  // If the message is ambiguous, the library must probe for the reason.
  const kinds: Readonly<Record<string, Readonly<Record<ToolName, string>>>> = {
    refused: {
      condor_submit: "Ambiguous",
      condor_q: "Ambiguous",
      condor_history: "Ambiguous",
      condor_rm: "Authentication",
      condor_release: "Authentication",
      condor_qedit: "Ambiguous",
      condor_transfer_data: "Authentication",
      condor_status: "Authentication",
      condor_ping: "Ambiguous",
      condor_config_val: "NoSchedd"
    },
    denied: {
      condor_submit: "Denied",
      condor_q: "Denied",
      condor_history: "Ambiguous",
      condor_rm: "Denied",
      condor_release: "Denied",
      condor_qedit: "Ambiguous",
      condor_transfer_data: "Denied",
      condor_status: "Denied",
      condor_ping: "Denied",
      condor_config_val: "Other"
    }
  }
  it.each(["lts", "latest"] as const)("messages: the library recognizes them (%s)", (version) => {
    for (const tool of Object.keys(argsOf) as Array<ToolName>) {
      const hidden = version === "lts" && ["condor_rm", "condor_release", "condor_transfer_data"].includes(tool)
      const bare = version === "lts" && tool === "condor_config_val"
      assert.strictEqual(
        ToolFailure.classify(AccessControl.refused(call(tool), version)),
        hidden || bare ? "Ambiguous" : kinds["refused"]?.[tool],
        `${tool} refused`
      )
      assert.strictEqual(
        ToolFailure.classify(AccessControl.denied(call(tool), version)),
        kinds["denied"]?.[tool],
        `${tool} denied`
      )
    }
  })

  it("restarted: condor_transfer_data ends without an error message", () => {
    assert.deepStrictEqual(AccessControl.restarted(call("condor_transfer_data"), "latest"), {
      exitCode: 0,
      stdout: "Fetching data files...\n",
      stderr: ""
    })
    assert.deepStrictEqual(AccessControl.restarted(call("condor_qedit"), "latest"), {
      exitCode: 1,
      stdout: "",
      stderr:
        "Failed to set attribute \"Foo\" by constraint: ( (x) )\nQueue transaction failed.  No attributes were set.\n"
    })
    assert.deepStrictEqual(AccessControl.restarted(call("condor_rm"), "lts"), {
      exitCode: 1,
      stdout: "",
      stderr:
        "DCSchedd::actOnJobs:6003:Can't send classad, probably an authorization failure\nNo result found for job 1.0\n"
    })
  })
})
