import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { execPath } from "node:process"
import * as Cli from "../../src/cli/Cli.ts"
import { toText } from "../../src/contract/JobHandle.ts"
import { directory, document, handleOf } from "./utils.ts"

const main = Effect.fnUntraced(
  function*(args: ReadonlyArray<string>, env: Record<string, string>, node: ReadonlyArray<string> = []) {
    const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
    const handle = yield* spawner.spawn(
      ChildProcess.make(execPath, [...node, `${import.meta.dirname}/../../src/cli/main.ts`, ...args], {
        env,
        stdin: "ignore"
      })
    )
    const [stdout, stderr, code] = yield* Effect.all([
      Stream.mkString(Stream.decodeText(handle.stdout)),
      Stream.mkString(Stream.decodeText(handle.stderr)),
      handle.exitCode
    ], { concurrency: "unbounded" })
    return { code: Number(code), stdout, stderr }
  },
  Effect.scoped,
  Effect.provide(NodeServices.layer)
)

/** A Node that looks for some packages where there are none. */
const without = (names: RegExp): ReadonlyArray<string> => {
  const hooks = `import { registerHooks } from "node:module"
    registerHooks({ resolve: (name, context, next) =>
      next(name, ${names}.test(name) ? { ...context, parentURL: "file:///nowhere/main.js" } : context) })`
  return ["--import", `data:text/javascript,${encodeURIComponent(hooks)}`]
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "")

// A tool that does something to the command that runs it, and then takes its time.
const withTool = Effect.fnUntraced(function*(action: string) {
  const files = yield* directory({
    "bin/condor_q": `#!/bin/sh\n${action}\nexec sleep 60\n`,
    token: "eyJhbGciOiJIUzI1NiJ9.e30.c2ln",
    "tmp/x": ""
  })
  yield* FileSystem.FileSystem.use((fileSystem) => fileSystem.chmod(files.at("bin/condor_q"), 0o755)).pipe(
    Effect.provide(NodeServices.layer)
  )
  const env = {
    PATH: "/usr/bin:/bin",
    TMPDIR: files.at("tmp"),
    HTCONDOR_CE_ENDPOINT: "ce.example.org",
    HTCONDOR_CE_TOKEN_FILE: files.at("token"),
    HTCONDOR_CE_CONDOR_BIN: files.at("bin")
  }
  const temporary = FileSystem.FileSystem.use((fileSystem) => fileSystem.readDirectory(files.at("tmp"))).pipe(
    Effect.provide(NodeServices.layer)
  )
  return { env, temporary }
})

describe("the executable", () => {
  it.live("prints one document on stdout, one line on stderr, and has the exit code", () =>
    Effect.gen(function*() {
      const { code, stderr, stdout } = yield* main(["status", "--json"], { HTCONDOR_CE_ENDPOINT: "a" })
      assert.strictEqual(code, 2)
      assert.deepPropertyVal(yield* document(lines(stdout)), "error", {
        _tag: "UsageError",
        message: lines(stderr).join("|").replace("htcondor-ce: ", "")
      })
    }))

  it.live("says first that Node is too old, and imports nothing that it cannot", () =>
    Effect.gen(function*() {
      // A Node that calls itself an old one, and has no package.
      const old = `import { registerHooks } from "node:module"
        Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })
        registerHooks({ resolve: (name, context, next) => {
          if (!/^(?:node:|file:|[.])/.test(name)) throw new Error("not there: " + name)
          return next(name, context)
        } })`
      const node = ["--import", `data:text/javascript,${encodeURIComponent(old)}`]
      const message = "Node 20.20.2 is too old: this package needs 22.19 or later"
      for (const args of [[], ["--help"], ["status", "--json"]]) {
        const { code, stderr, stdout } = yield* main(args, {}, node)
        assert.deepStrictEqual([code, stderr], [2, `htcondor-ce: ${message}\n`])
        assert.strictEqual(
          stdout,
          args.includes("--json") ? `${JSON.stringify({ error: { _tag: "UnsupportedNode", message } })}\n` : ""
        )
      }
    }))

  it.live("prints the version without anything of Effect, as the parser prints it", () =>
    Effect.gen(function*() {
      const bare = yield* main(["--version"], {}, without(/^(?:effect|@effect)\b/))
      const parsed = yield* main(["--version", "--json"], {})
      assert.deepStrictEqual(bare, { code: 0, stdout: `htcondor-ce v${Cli.version}\n`, stderr: "" })
      assert.deepStrictEqual(parsed, bare)
    }))

  it.live("says in one line that @effect/platform-node is missing, and how to get it", () =>
    Effect.gen(function*() {
      const message = "the package @effect/platform-node is missing: npm install @effect/platform-node"
      const node = without(/^@effect\/platform-node\b/)
      const { code, stderr, stdout } = yield* main(["status", "--json"], {}, node)
      assert.deepStrictEqual([code, stderr], [2, `htcondor-ce: ${message}\n`])
      assert.strictEqual(stdout, `${JSON.stringify({ error: { _tag: "MissingPackage", message } })}\n`)
    }))

  it.live("keeps what is compiled in the user's own directory, and nowhere else", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const files = yield* directory({ "home/x": "", "tmp/x": "" })
      yield* main(["--help"], { HOME: files.at("home"), TMPDIR: files.at("tmp") })
      assert.isTrue(yield* fileSystem.exists(files.at("home/.cache/effect-htcondor-ce/compiled")))
      yield* main(["--help"], { TMPDIR: files.at("tmp") })
      assert.deepStrictEqual(yield* fileSystem.readDirectory(files.at("tmp")), ["x"])
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("exits with 130 on an interrupt, and cleans up before", () =>
    Effect.gen(function*() {
      const { env, temporary } = yield* withTool("kill -INT $PPID")
      const result = yield* main(["status", toText(handleOf("1.0")), "--json"], env)
      assert.deepStrictEqual(result, { code: 130, stdout: "", stderr: "" })
      assert.deepStrictEqual(yield* temporary, ["x"])
    }))

  it.live("exits with 129 when its terminal is gone, and cleans up before", () =>
    Effect.gen(function*() {
      const { env, temporary } = yield* withTool("kill -HUP $PPID")
      const result = yield* main(["status", toText(handleOf("1.0")), "--json"], env)
      assert.deepStrictEqual(result, { code: 129, stdout: "", stderr: "" })
      assert.deepStrictEqual(yield* temporary, ["x"])
    }))

  it.live("a tool that does not answer in time fails the operation", () =>
    Effect.gen(function*() {
      const { env, temporary } = yield* withTool("")
      const { code, stdout } = yield* main(["status", toText(handleOf("1.0")), "--json", "--tool-timeout", "3"], env)
      assert.strictEqual(code, 3)
      assert.deepStrictEqual(yield* document(lines(stdout)), {
        error: {
          _tag: "TimedOut",
          message: "condor_q did not end within 3 s and was killed",
          retry: "Later",
          advice: "run \"htcondor-ce doctor\" to see what is wrong"
        }
      })
      assert.deepStrictEqual(yield* temporary, ["x"])
    }))
})
