import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Result } from "effect"
import packageJson from "../../package.json" with { type: "json" }
import * as Cli from "../../src/cli/Cli.ts"
import { toText } from "../../src/contract/JobHandle.ts"
import { backendOf, cases, directory, document, environment, handleOf, run } from "./utils.ts"

const handle = toText(handleOf("1.0"))

const status = () =>
  backendOf({
    status: () => Result.succeed(cases.Running.make({})),
    reconcile: () => ({ _tag: "Submitted", handles: [] })
  })

describe("htcondor-ce", () => {
  it("has the version of the package", () => {
    assert.strictEqual(Cli.version, packageJson.version)
  })

  it.effect("takes global flags before and after the command, and prefers them to the environment", () =>
    Effect.gen(function*() {
      const { asked, backend } = status()
      const env = {
        HTCONDOR_CE_ENDPOINT: "env",
        HTCONDOR_CE_SCHEDD: "env",
        HTCONDOR_CE_LOCAL_POOL: "env",
        HTCONDOR_CE_LOCAL_SCHEDD: "env",
        HTCONDOR_CE_TOKEN_FILE: "/env",
        HTCONDOR_CE_CONDOR_BIN: "/env",
        HTCONDOR_CE_TIMEOUT: "7",
        HTCONDOR_CE_TOKEN_KIND: "scitoken",
        HTCONDOR_CE_PROXY_FILE: "/env",
        HTCONDOR_CE_AUDIENCE: "env",
        HTCONDOR_CE_CA_FILE: "/env",
        HTCONDOR_CE_CA_DIRECTORY: "/env"
      }
      const flags = [
        "--ce",
        "a:1",
        "--schedd",
        "b",
        "--token-file",
        "/c",
        "--condor-bin",
        "/d",
        "--tool-timeout",
        "2.5"
      ]
        .concat(["--token-kind", "idtoken", "--proxy-file", "/e", "--audience", "f", "--ca-file", "/g"])
        .concat(["--ca-directory", "/h", "--local-pool", "i", "--local-schedd", "j", "--confine"])
      assert.strictEqual((yield* run(["reconcile", "k"], { backend, env })).code, 0)
      assert.strictEqual((yield* run(["reconcile", "k", ...flags], { backend, env })).code, 0)
      assert.strictEqual((yield* run([...flags, "reconcile", "k"], { backend, env: {} })).code, 0)
      const given = {
        endpoint: "a:1",
        schedd: "b",
        route: { _tag: "Grid" as const, pool: "i", schedd: "j" },
        tokenFile: "/c",
        token: "IdToken" as const,
        proxyFile: "/e",
        audience: "f",
        certificateAuthorities: { file: "/g", directory: "/h" },
        condorBin: "/d",
        confine: true,
        timeout: Duration.seconds(2.5),
        container: undefined,
        urlSchemes: undefined
      }
      assert.deepStrictEqual(asked.connections, [
        {
          endpoint: "env",
          schedd: "env",
          route: { _tag: "Grid", pool: "env", schedd: "env" },
          tokenFile: "/env",
          token: "SciToken",
          proxyFile: "/env",
          audience: "env",
          certificateAuthorities: { file: "/env", directory: "/env" },
          condorBin: "/env",
          confine: false,
          timeout: Duration.seconds(7),
          container: undefined,
          urlSchemes: undefined
        },
        given,
        given
      ])
    }))

  it.effect("takes an empty variable for none, and leaves defaults to the library", () =>
    Effect.gen(function*() {
      const { asked, backend } = status()
      const env = { ...environment, HTCONDOR_CE_SCHEDD: "", HTCONDOR_CE_TIMEOUT: "" }
      assert.strictEqual((yield* run(["reconcile", "k"], { backend, env })).code, 0)
      assert.deepStrictEqual(asked.connections, [
        {
          endpoint: "ce.example.org",
          schedd: undefined,
          route: undefined,
          tokenFile: "/etc/token",
          token: "IdToken",
          proxyFile: undefined,
          audience: undefined,
          certificateAuthorities: { file: undefined, directory: undefined },
          condorBin: undefined,
          confine: false,
          timeout: undefined,
          container: undefined,
          urlSchemes: undefined
        }
      ])
    }))

  const wrong: ReadonlyArray<readonly [what: string, args: ReadonlyArray<string>, env: Record<string, string>]> = [
    ["no command", [], environment],
    ["an unknown command", ["subm"], environment],
    ["an unknown flag", ["status", handle, "--jason"], environment],
    ["no endpoint", ["reconcile", "k"], { HTCONDOR_CE_TOKEN_FILE: "/t" }],
    ["no token file for an IDTOKEN", ["status", handle, "--token-kind", "idtoken"], { HTCONDOR_CE_ENDPOINT: "ce" }],
    ["a kind of token that there is not", ["status", handle, "--token-kind", "jwt"], environment],
    ["a timeout that is no number", ["status", handle], { ...environment, HTCONDOR_CE_TIMEOUT: "soon" }],
    ["a schedd of no submit host", ["reconcile", "k", "--local-schedd", "s"], environment],
    ["a timeout of nothing", ["status", handle, "--tool-timeout", "0"], environment]
  ]
  for (const [what, args, env] of wrong) {
    it.effect(`refuses ${what} as a usage error`, () =>
      Effect.gen(function*() {
        const { asked, backend } = status()
        const json = yield* run(["--json", ...args], { backend, env })
        assert.strictEqual(json.code, 2)
        const line = json.stderr[0] ?? ""
        assert.deepStrictEqual(yield* document(json.stdout), {
          error: { _tag: "UsageError", message: line.replace("htcondor-ce: ", "") }
        })
        const people = yield* run(args, { backend, env })
        assert.deepStrictEqual(people, { code: 2, stdout: [], stderr: [line] })
        assert.notInclude(line, "\n")
        assert.deepStrictEqual(asked.connections, [])
      }))
  }

  it.effect("prints help and version on stdout", () =>
    Effect.gen(function*() {
      const help = yield* run(["fetch", "--help"], { env: {} })
      assert.strictEqual(help.code, 0)
      assert.include(help.stdout.join("\n"), "--dest DIR")
      const wait = yield* run(["wait", "--help"], { env: {} })
      const lines = wait.stdout.join("\n").split("\n")
      assert.include(lines, "FLAGS OF ALL COMMANDS")
      // Headings and blank lines are the only ones without an indent.
      for (const line of lines) assert.match(line, /^(?:| {2}.*|[A-Z ]+|Run '.*)$/)
      const root = yield* run(["--help"], { env: {} })
      const commands = root.stdout.join("\n").split("SUBCOMMANDS\n")[1] ?? ""
      for (const line of commands.trimEnd().split("\n")) assert.match(line, /^  [a-z]+ +[A-Z].{20,100}$/)
      const version = yield* run(["--version"], { env: {} })
      assert.strictEqual(version.code, 0)
      assert.include(version.stdout.join(), packageJson.version)
    }))
})

// The real backend: none of these gets as far as a compute element.
describe("htcondor-ce with the real tools", () => {
  const failures: ReadonlyArray<readonly [tag: string, code: number, flags: ReadonlyArray<string>]> = [
    ["InvalidEndpoint", 2, ["--ce", "<127.0.0.1:9619?sock=x>", "--token-file", "token"]],
    ["CredentialUnavailable", 3, ["--ce", "ce.example.org", "--token-file", "missing"]],
    ["CredentialUnavailable", 3, ["--ce", "ce.example.org", "--token-file", "empty"]],
    ["CredentialUnavailable", 3, ["--ce", "ce.example.org", "--token-file", "junk"]],
    ["NotInstalled", 3, ["--ce", "ce.example.org", "--token-file", "token", "--condor-bin", "nowhere"]]
  ]
  for (const [tag, expected, flags] of failures) {
    it.effect(`${tag}: ${flags.join(" ")}`, () =>
      Effect.gen(function*() {
        const files = yield* directory({
          token: "eyJhbGciOiJIUzI1NiJ9.e30.TOPSECRET",
          junk: "aaa.TOPSECRET.ccc",
          empty: ""
        })
        const command = tag === "InvalidEndpoint" ? ["reconcile", "k"] : ["status", handle]
        const args = flags.map((flag) =>
          ["token", "missing", "junk", "empty", "nowhere"].includes(flag) ? files.at(flag) : flag
        )
        const { code, stderr, stdout } = yield* run([...command, ...args, "--json"], {
          env: { PATH: "/nowhere" }
        })
        assert.strictEqual(code, expected)
        assert.match(stdout.join(), new RegExp(`^\\{"error":\\{"_tag":"${tag}","message":"[^\\n]*"`))
        assert.notInclude(`${stdout.join()}${stderr.join()}`, "TOPSECRET")
      }))
  }
})
