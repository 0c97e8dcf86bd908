/** Tools that bwrap confines to their directory. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, type Path, type Scope } from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { env, pid } from "node:process"
import * as Backend from "../../src/cli/Backend.ts"
import * as CondorTool from "../../src/condor/tools/CondorTool.ts"

/** A CondorTool whose condor_q is the script. */
const scripted = Effect.fnUntraced(function*(script: string, options: CondorTool.Options = {}) {
  const fileSystem = yield* FileSystem.FileSystem
  const binDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "condor-tool-test-" })
  yield* fileSystem.writeFileString(`${binDirectory}/condor_q`, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const { run } = yield* Layer.build(CondorTool.layer({ binDirectory, ...options })).pipe(
    Effect.flatMap((context) => Effect.provideContext(CondorTool.CondorTool, context))
  )
  return {
    binDirectory,
    run: (call: Partial<CondorTool.ToolCall> = {}) =>
      run({ tool: "condor_q", args: [], environment: {}, timeout: "20 seconds", ...call })
  }
})

const test = (
  name: string,
  body: () => Effect.Effect<void, unknown, Layer.Success<typeof NodeServices.layer> | Path.Path | Scope.Scope>
) => it.live(name, () => Effect.provide(body(), NodeServices.layer), 15_000)

const works = Effect.flatMap(
  ChildProcessSpawner.ChildProcessSpawner,
  (spawner) =>
    Effect.match(spawner.exitCode(ChildProcess.make("bwrap", ["--ro-bind", "/", "/", "true"], { stderr: "ignore" })), {
      onFailure: () => false,
      onSuccess: (code) => Number(code) === 0
    })
)

const notTested = "bwrap does not run here: that a tool is CONFINED is NOT TESTED on this host"

const lines = (text: string) => text.split("\n").filter((line) => line !== "")

describe("a tool that is confined", () => {
  test("runs below bwrap if it writes files, with its own arguments at the end", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* fileSystem.makeTempDirectoryScoped()
      // Prints its arguments, and runs the command.
      const script = "#!/bin/sh\necho \"$@\"\nwhile [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n"
      yield* fileSystem.writeFileString(`${path}/bwrap`, script, { mode: 0o755 })
      const { binDirectory, run } = yield* scripted("echo \"$1|$2\"", { confine: true, path: `${path}:/usr/bin:/bin` })
      const { exitCode, stdout } = yield* run({ args: ["a b", "c"], writableDirectory: "/some/where" })
      assert.strictEqual(exitCode, 0)
      assert.deepStrictEqual(lines(stdout), [
        `--die-with-parent --ro-bind / / --dev /dev --ro-bind-try /dev/shm /dev/shm --tmpfs /proc ` +
        `--bind /some/where /some/where --remount-ro /dev --remount-ro /proc -- ${binDirectory}/condor_q a b c`,
        "a b|c"
      ])
      assert.deepStrictEqual(lines((yield* run({ args: ["a b", "c"] })).stdout), ["a b|c"])
    }))

  it.live("writes only to its own directory, whatever its arguments", (context) =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      if (!(yield* works)) return context.skip(notTested)
      const name = `confined-${pid}`
      const inside = yield* fileSystem.makeTempDirectoryScoped()
      const outside = yield* fileSystem.makeTempDirectoryScoped()
      // On a separate file system, if this host has one: a directory below it stays writable.
      const shared = yield* Effect.orElseSucceed(
        fileSystem.makeTempDirectoryScoped({ directory: "/dev/shm" }),
        () => inside
      )
      const places = [
        outside,
        "/tmp",
        "/var/tmp",
        "/dev",
        "/dev/shm",
        "/proc",
        "/sys",
        "/run",
        "/",
        env["HOME"] ?? "/root",
        // The way out through another process of the same user.
        `/proc/${pid}/root/${outside}`,
        `/proc/${pid}/cwd`
      ]
      const { run } = yield* scripted(
        "for place in \"$@\"; do echo x 2>&- > \"$place/$NAME\" && echo \"$place\"; done; " +
          "ls -A /proc | wc -l; find /dev -type b | wc -l; echo x > /dev/null && echo null; cat /dev/shm/*/readable",
        { confine: true, path: "/usr/bin:/bin" }
      )
      yield* fileSystem.writeFileString(`${shared}/readable`, "readable\n")
      const written = (directory: string) =>
        Effect.map(
          run({ args: [...places, directory], environment: { NAME: name }, writableDirectory: directory }),
          (result) => lines(result.stdout).filter((line) => line !== "")
        )
      for (const directory of [inside, shared]) {
        const seen = yield* written(directory)
        assert.deepStrictEqual(seen.slice(0, 4), [directory, "0", "0", "null"])
        if (shared !== inside) assert.include(seen, "readable")
        assert.isTrue(yield* fileSystem.exists(`${directory}/${name}`))
      }
      for (const place of places) {
        assert.isFalse(yield* fileSystem.exists(`${place}/${name}`), place)
      }
      // The control: an unconfined tool writes there.
      yield* Effect.asVoid((yield* scripted("echo x > \"$1/free\"")).run({ args: [outside] }))
      assert.isTrue(yield* fileSystem.exists(`${outside}/free`))
    }).pipe(Effect.provide(NodeServices.layer)), 30_000)

  it.live("writes to its own directory below an absolute link", (context) =>
    Effect.gen(function*() {
      if (!(yield* works)) return context.skip(notTested)
      const fileSystem = yield* FileSystem.FileSystem
      const real = yield* fileSystem.makeTempDirectoryScoped()
      const links = yield* fileSystem.makeTempDirectoryScoped()
      yield* fileSystem.makeDirectory(`${real}/below`)
      yield* fileSystem.symlink(real, `${links}/link`)
      const { run } = yield* scripted("echo x > \"$1/written\"; echo x > \"$2/written\"", {
        confine: true,
        path: "/usr/bin:/bin"
      })
      const directory = `${links}/link/below`
      const { stderr } = yield* run({ args: [directory, real], writableDirectory: directory })
      assert.isTrue(yield* fileSystem.exists(`${real}/below/written`), stderr)
      assert.isFalse(yield* fileSystem.exists(`${real}/written`))
    }).pipe(Effect.provide(NodeServices.layer)), 30_000)

  test("the error names bwrap if bwrap fails", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* fileSystem.makeTempDirectoryScoped()
      const script = "#!/bin/sh\necho \"bwrap: Can't mkdir $PWD: Read-only file system\" >&2\nexit 1\n"
      yield* fileSystem.writeFileString(`${path}/bwrap`, script, { mode: 0o755 })
      const { run } = yield* scripted("echo ran", { confine: true, path: `${path}:/usr/bin:/bin` })
      const error = yield* Effect.flip(run({ writableDirectory: path, cwd: path }))
      assert.deepInclude(error, {
        _tag: "ToolNotStarted",
        detail: `bwrap: Can't mkdir ${path}: Read-only file system`
      })
    }))

  test("runs below bwrap with --confine", () =>
    Effect.gen(function*() {
      const path = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const { binDirectory } = yield* scripted("echo ran")
      const connection = {
        endpoint: "ce.example.org",
        schedd: undefined,
        route: undefined,
        tokenFile: undefined,
        token: "SciToken",
        proxyFile: undefined,
        audience: undefined,
        certificateAuthorities: { file: undefined, directory: undefined },
        condorBin: binDirectory,
        timeout: undefined,
        container: undefined,
        urlSchemes: undefined
      } as const
      const result = (confine: boolean) =>
        Effect.flatMap(CondorTool.CondorTool, ({ run }) =>
          run({ tool: "condor_q", args: [], environment: {}, timeout: "20 seconds", writableDirectory: path })).pipe(
            Effect.provide(Backend.services({ ...connection, confine })),
            Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ PATH: path }))),
            Effect.match({
              onFailure: (error) =>
                "detail" in error ? error.detail : error._tag,
              onSuccess: (one) =>
                one.stdout
            })
          )
      assert.strictEqual(yield* result(false), "ran\n")
      assert.strictEqual(yield* result(true), "bwrap: no such command")
    }))

  test("does not run without bwrap", () =>
    Effect.gen(function*() {
      const path = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const { run } = yield* scripted("echo ran", { confine: true, path })
      const error = yield* Effect.flip(run({ writableDirectory: "/some/where" }))
      assert.instanceOf(error, CondorTool.ToolNotStarted)
      if (error instanceof CondorTool.ToolNotStarted) assert.strictEqual(error.detail, "bwrap: no such command")
    }))
})
