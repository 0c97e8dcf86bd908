import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Config,
  ConfigProvider,
  Duration,
  Effect,
  Exit,
  Fiber,
  FileSystem,
  Layer,
  Logger,
  Option,
  Path,
  Redacted,
  References,
  Schedule,
  Stream
} from "effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { execPath } from "node:process"
import { fileURLToPath } from "node:url"
import * as CondorTool from "../../../src/condor/tools/CondorTool.ts"
import * as Spans from "../Spans.ts"

/** A directory in the place of HTCondor's: each tool is a script. */
const install = Effect.fnUntraced(function*(scripts: Partial<Record<CondorTool.ToolName, string>>) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "condor-tool-test-" })
  for (const [tool, script] of Object.entries(scripts)) {
    yield* fileSystem.writeFileString(path.join(directory, tool), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  return directory
})

const build = (options: CondorTool.Options) =>
  Layer.build(CondorTool.layer(options)).pipe(
    Effect.flatMap((context) => Effect.provideContext(CondorTool.CondorTool, context))
  )

/** A CondorTool whose condor_q is the script. */
const scripted = Effect.fnUntraced(function*(script: string, options: CondorTool.Options = {}) {
  const binDirectory = yield* install({ condor_q: script })
  const { run, stream } = yield* build({ binDirectory, ...options })
  const complete = (call: Partial<CondorTool.ToolCall>): CondorTool.ToolCall => ({
    tool: "condor_q",
    args: [],
    environment: {},
    timeout: "1 minute",
    ...call
  })
  return {
    binDirectory,
    run: (call: Partial<CondorTool.ToolCall> = {}) => run(complete(call)),
    stream: (call: Partial<CondorTool.ToolCall> = {}) => stream(complete(call))
  }
})

const test = (
  name: string,
  body: () => Effect.Effect<
    void,
    unknown,
    Layer.Success<typeof NodeServices.layer> | Effect.Services<ReturnType<typeof install>>
  >
) => it.live(name, () => Effect.provide(body(), NodeServices.layer), 30_000)

const lines = (text: string) => text.split("\n").filter((line) => line !== "")

/** Whether a process has ended: it is gone, or a zombie. */
const isGone = Effect.fnUntraced(function*(pid: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const status = yield* Effect.option(fileSystem.readFileString(`/proc/${pid.trim()}/status`))
  return status._tag === "None" || /^State:\s+Z/m.test(status.value)
})

const written = Effect.fnUntraced(function*(file: string) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* fileSystem.readFileString(file).pipe(
    Effect.filterOrFail((text) => text.endsWith("\n"), () => new Cause.NoSuchElementError("nothing written")),
    Effect.retry({ schedule: Schedule.spaced("10 millis"), times: 6_000 })
  )
})

/** Starts a grandchild in the background, writes both ids, and hangs. Both may ignore TERM. */
const hanging = (trap: string) => `${trap}\nsleep 60 &\necho "$$ $!" > "$PIDS"\nwait\nsleep 60`

const assertGroupGone = Effect.fnUntraced(function*(file: string) {
  const pids = (yield* written(file)).trim().split(" ")
  assert.strictEqual(pids.length, 2)
  for (const pid of pids) assert.isTrue(yield* isGone(pid), `process ${pid} is alive`)
})

const secret = "s3cr3t-v4lue"

/** The error of a run, in every printed form. */
const printed = (exit: Exit.Exit<unknown, CondorTool.ToolError>): string => {
  assert.isTrue(Exit.isFailure(exit))
  if (Exit.isSuccess(exit)) return ""
  const error = Cause.squash(exit.cause)
  return [Cause.pretty(exit.cause), String(error), JSON.stringify(error), JSON.stringify(exit)].join("\n")
}

const errorOf = (exit: Exit.Exit<unknown, CondorTool.ToolError | CondorTool.ToolExited>) =>
  Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined

describe("CondorTool", () => {
  test("arguments arrive separately and unchanged", () =>
    Effect.gen(function*() {
      const args = [
        "",
        " ",
        "a b",
        "it's",
        "\"",
        "$HOME",
        "$(id)",
        "`id`",
        "*",
        "\\",
        "a\nb",
        "-x",
        "--",
        "é😀",
        "\u0001"
      ]
      const { run } = yield* scripted(`for one in "$@"; do printf '%s\\0' "$one"; done`)
      const result = yield* run({ args })
      assert.deepStrictEqual(result.stdout.split("\0").slice(0, -1), args)
      assert.strictEqual(result.exitCode, 0)
      assert.strictEqual(result.stderr, "")
    }))

  test("an argument of 100 kB arrives", () =>
    Effect.gen(function*() {
      const { run } = yield* scripted(`printf %s "$1" | wc -c`)
      const result = yield* run({ args: ["é".repeat(50_000)] })
      assert.strictEqual(result.stdout.trim(), "100000")
    }))

  test("stdin arrives, or is empty", () =>
    Effect.gen(function*() {
      const { run } = yield* scripted("cat")
      const text = `first\n${"é😀\n".repeat(100_000)}last without newline`
      assert.strictEqual((yield* run({ stdin: text })).stdout, text)
      assert.strictEqual((yield* run({ stdin: "" })).stdout, "")
      assert.strictEqual((yield* run()).stdout, "")
    }))

  test("a tool that does not read its stdin ends normally", () =>
    Effect.gen(function*() {
      const { run } = yield* scripted("echo done; exit 3")
      const result = yield* run({ stdin: "x".repeat(2_000_000) })
      assert.deepStrictEqual(result, { exitCode: 3, stdout: "done\n", stderr: "" })
    }))

  test("the environment is the given one, without the caller's own", () =>
    Effect.gen(function*() {
      const { run } = yield* scripted(`tr '\\0' '\\n' < /proc/$$/environ`, { path: "/usr/bin:/bin" })
      // The caller has its own environment, which could leak.
      assert.isNotEmpty(yield* Config.String("HOME"))
      assert.isNotEmpty(yield* Config.String("VITEST_WORKER_ID"))
      const environment = {
        CONDOR_CONFIG: "/dev/null",
        _CONDOR_X: "a b='\"$(x)",
        EMPTY: "",
        HIDDEN: Redacted.make(secret)
      }
      const result = yield* run({ environment })
      assert.deepStrictEqual(lines(result.stdout).toSorted(), [
        "CONDOR_CONFIG=/dev/null",
        "EMPTY=",
        `HIDDEN=${secret}`,
        "LC_ALL=C",
        "PATH=/usr/bin:/bin",
        "_CONDOR_X=a b='\"$(x)"
      ])
      const bare = yield* run()
      assert.deepStrictEqual(lines(bare.stdout).toSorted(), ["LC_ALL=C", "PATH=/usr/bin:/bin"])
    }))

  test("without binDirectory a tool is looked up in PATH (default: the caller's)", () =>
    Effect.gen(function*() {
      const binDirectory = yield* install({ condor_q: "echo found; echo $PATH" })
      const call: CondorTool.ToolCall = { tool: "condor_q", args: [], environment: {}, timeout: "1 minute" }
      const given = yield* build({ path: binDirectory })
      assert.strictEqual((yield* given.run(call)).stdout, `found\n${binDirectory}\n`)
      const inherited = yield* build({}).pipe(
        Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord({ PATH: `${binDirectory}:/bin` })))
      )
      assert.strictEqual((yield* inherited.run(call)).stdout, `found\n${binDirectory}:/bin\n`)
    }))

  test("the working directory is the given one", () =>
    Effect.gen(function*() {
      const { binDirectory, run } = yield* scripted("pwd -P")
      assert.strictEqual((yield* run({ cwd: binDirectory })).stdout, `${binDirectory}\n`)
    }))

  for (const code of [0, 1, 2, 127, 255]) {
    test(`exit code ${code} is data`, () =>
      Effect.gen(function*() {
        const { run } = yield* scripted(`echo out; echo err >&2; exit ${code}`)
        assert.deepStrictEqual(yield* run(), { exitCode: code, stdout: "out\n", stderr: "err\n" })
      }))
  }

  for (const [signal, number] of [["HUP", 1], ["ABRT", 6], ["KILL", 9], ["USR1", 10], ["SEGV", 11], ["TERM", 15]]) {
    test(`death by SIG${signal} is exit code 128 + ${number}, and what was printed is kept`, () =>
      Effect.gen(function*() {
        const { run } = yield* scripted(`echo 79.0 - 79.2; kill -${signal} $$; sleep 5`)
        const result = yield* run()
        assert.deepStrictEqual(result, { exitCode: 128 + Number(number), stdout: "79.0 - 79.2\n", stderr: "" })
      }))
  }

  test("bytes that are not UTF-8 are replaced", () =>
    Effect.gen(function*() {
      const { run } = yield* scripted(`printf 'a\\377b\\303'; printf '\\342\\202\\254' >&2`)
      const result = yield* run()
      assert.strictEqual(result.stdout, "a\ufffdb\ufffd")
      assert.strictEqual(result.stderr, "€")
    }))

  test("much output on both pipes at once does not block the tool", () =>
    Effect.gen(function*() {
      const fill = (letter: string, count = 3_000_000) => `head -c ${count} /dev/zero | tr '\\0' ${letter}`
      const { run } = yield* scripted(
        `${fill("e", 500_000)} >&2; ${fill("o")}; ${fill("e", 500_000)} >&2; ${fill("o")}`
      )
      const result = yield* run({ timeout: "1 minute" })
      assert.isTrue(result.stdout === "o".repeat(6_000_000))
      assert.isTrue(result.stderr === "e".repeat(1_000_000))
    }))

  describe("a tool that cannot be started", () => {
    const call = (args: ReadonlyArray<string>): CondorTool.ToolCall => ({
      tool: "condor_rm",
      args,
      environment: { HIDDEN: Redacted.make(secret), PLAIN: "plain-value" },
      timeout: "5 seconds"
    })

    for (
      const [name, options] of [
        ["is named, without its arguments", { binDirectory: "/nowhere" }],
        ["is named, where PATH has none", { path: "/nowhere" }]
      ] as const
    ) {
      test(name, () =>
        Effect.gen(function*() {
          const { run } = yield* build(options)
          const exit = yield* Effect.exit(run(call(["-reason", "argument-7"])))
          const error = errorOf(exit)
          assert.instanceOf(error, CondorTool.ToolNotStarted)
          if (error instanceof CondorTool.ToolNotStarted) {
            assert.strictEqual(error.tool, "condor_rm")
            assert.strictEqual(error.detail, "no such command")
          }
          for (const word of ["argument-7", secret, "plain-value"]) assert.notInclude(printed(exit), word)
        }))
    }

    // setpriv starts condor_submit, if the host has it.
    for (const tool of ["condor_rm", "condor_submit"] as const) {
      test(`because the directory of ${tool} is a file`, () =>
        Effect.gen(function*() {
          const binDirectory = `${yield* install({ [tool]: "true" })}/${tool}`
          const { run } = yield* build({ binDirectory })
          const error = yield* Effect.flip(run({ ...call([]), tool }))
          assert.deepStrictEqual(error, new CondorTool.ToolNotStarted({ tool, detail: "ENOTDIR" }))
        }))

      test(`because ${tool} may not be executed`, () =>
        Effect.gen(function*() {
          const fileSystem = yield* FileSystem.FileSystem
          const binDirectory = yield* install({ [tool]: "true" })
          yield* fileSystem.chmod(`${binDirectory}/${tool}`, 0o644)
          const { run } = yield* build({ binDirectory })
          const error = yield* Effect.flip(run({ ...call([]), tool }))
          assert.deepStrictEqual(error, new CondorTool.ToolNotStarted({ tool, detail: "PermissionDenied" }))
        }))
    }

    test("because an argument is too long", () =>
      Effect.gen(function*() {
        const { run } = yield* build({ binDirectory: yield* install({ condor_rm: "true" }) })
        const exit = yield* Effect.exit(run(call(["a".repeat(140_000)])))
        assert.deepStrictEqual(
          errorOf(exit),
          new CondorTool.ToolNotStarted({ tool: "condor_rm", detail: "E2BIG" })
        )
        assert.isBelow(printed(exit).length, 10_000)
      }))

    test("because an argument contains a NUL", () =>
      Effect.gen(function*() {
        const { run } = yield* build({ binDirectory: yield* install({ condor_rm: "true" }) })
        assert.deepStrictEqual(
          yield* Effect.flip(run(call(["a\0b"]))),
          new CondorTool.ToolNotStarted({ tool: "condor_rm", detail: "BadArgument" })
        )
      }))

    test("because the host has no memory now", () =>
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const cause = Object.assign(new Error("spawn ENOMEM"), { code: "ENOMEM", syscall: "spawn" })
        const { run } = yield* build({ binDirectory: "/bin" }).pipe(
          Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, { ...spawner, spawn: () => Effect.die(cause) })
        )
        assert.deepStrictEqual(
          yield* Effect.flip(run(call([]))),
          new CondorTool.ToolNotStarted({ tool: "condor_rm", detail: "ENOMEM", temporary: true })
        )
      }))

    test("but an error that is no system's is a defect", () =>
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const { run } = yield* build({ binDirectory: "/bin" }).pipe(
          Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, {
            ...spawner,
            spawn: () => Effect.die(new Error("a bug"))
          })
        )
        const exit = yield* Effect.exit(run(call([])))
        assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
      }))
  })

  for (const [name, trap] of [["that dies of TERM", ""], ["that ignores TERM", "trap '' TERM"]] as const) {
    test(`a tool ${name} is killed in time, with its whole process group`, () =>
      Effect.gen(function*() {
        const { binDirectory, run } = yield* scripted(hanging(trap))
        const pids = `${binDirectory}/pids`
        const [took, exit] = yield* Effect.timed(
          Effect.exit(run({
            args: ["argument-7"],
            environment: { PIDS: pids, HIDDEN: Redacted.make(secret) },
            timeout: "400 millis"
          }))
        )
        const error = errorOf(exit)
        assert.instanceOf(error, CondorTool.ToolTimedOut)
        if (error instanceof CondorTool.ToolTimedOut) {
          assert.strictEqual(error.tool, "condor_q")
          assert.strictEqual(error.seconds, 0.4)
        }
        assert.isAtLeast(Duration.toMillis(took), 400)
        assert.isBelow(Duration.toMillis(took), 30_000)
        yield* assertGroupGone(pids)
        for (const word of ["argument-7", secret]) assert.notInclude(printed(exit), word)
      }))

    test(`interruption kills a tool ${name}, with its whole process group, before it completes`, () =>
      Effect.gen(function*() {
        const { binDirectory, run } = yield* scripted(hanging(trap))
        const pids = `${binDirectory}/pids`
        const fiber = yield* Effect.forkChild(run({ environment: { PIDS: pids } }))
        yield* written(pids)
        yield* Fiber.interrupt(fiber)
        yield* assertGroupGone(pids)
      }))
  }

  for (const [where, redirect] of [["stdout", ""], ["stderr", ">&2"]] as const) {
    test(`too much on ${where} is an error, and kills the tool`, () =>
      Effect.gen(function*() {
        const { binDirectory, run } = yield* scripted(`echo "$$ $$" > "$PIDS"; exec yes ${redirect}`, {
          maxOutputBytes: 100_000
        })
        const pids = `${binDirectory}/pids`
        const exit = yield* Effect.exit(run({ environment: { PIDS: pids } }))
        const error = errorOf(exit)
        assert.instanceOf(error, CondorTool.ToolOutputTooLarge)
        if (error instanceof CondorTool.ToolOutputTooLarge) {
          assert.strictEqual(error.tool, "condor_q")
          assert.strictEqual(error.pipe, where)
          assert.strictEqual(error.maxBytes, 100_000)
        }
        yield* assertGroupGone(pids)
      }))
  }

  for (
    const [what, redirect, isStream, maxBytes] of [
      ["an answer that is a stream", "", true, 100_000],
      ["stderr", ">&2", false, 1024 ** 2],
      ["an answer that is kept", "", false, 16 * 1024 ** 2]
    ] as const
  ) {
    test(`a tool that prints without end is killed: ${what}`, () =>
      Effect.gen(function*() {
        const options = isStream ? { maxOutputBytes: maxBytes } : {}
        const { binDirectory, run, stream } = yield* scripted(`echo "$$ $$" > "$PIDS"; exec yes ${redirect}`, options)
        const pids = `${binDirectory}/pids`
        const call = { environment: { PIDS: pids } }
        const error = errorOf(yield* Effect.exit(isStream ? Stream.runDrain(stream(call)) : run(call)))
        assert.instanceOf(error, CondorTool.ToolOutputTooLarge)
        if (error instanceof CondorTool.ToolOutputTooLarge) assert.strictEqual(error.maxBytes, maxBytes)
        yield* assertGroupGone(pids)
      }))
  }

  describe("a tool that leaves a process with its pipes behind", () => {
    // In its own session: no signal to the tool's process group reaches it.
    const orphan = (does: string) =>
      `setsid sh -c 'echo $$ > "$PID"; ${does}' &\nwhile ! [ -s "$PID" ]; do sleep 0.02; done\n`

    const withOrphan = Effect.fnUntraced(function*(does: string, then: string) {
      const { binDirectory, run } = yield* scripted(`${orphan(does)}${then}`)
      const file = `${binDirectory}/pid`
      yield* Effect.addFinalizer(() =>
        Effect.ignore(
          Effect.flatMap(written(file), (pid) =>
            ChildProcessSpawner.ChildProcessSpawner.use((spawner) =>
              spawner.exitCode(ChildProcess.make("kill", ["-9", pid.trim()], { stderr: "ignore" }))
            ))
        )
      )
      return { pid: written(file), run: run({ environment: { PID: file }, timeout: "1 minute" }) }
    })

    for (const code of [0, 1]) {
      test(`its run ends when it exits with ${code}`, () =>
        Effect.gen(function*() {
          const { pid, run } = yield* withOrphan("exec sleep 300", `echo answer; echo words >&2; exit ${code}`)
          assert.deepStrictEqual(yield* run, { exitCode: code, stdout: "answer\n", stderr: "words\n" })
          assert.isFalse(yield* isGone(yield* pid))
        }))
    }

    test("its run ends when it exits, even if the other process continues to print", () =>
      Effect.gen(function*() {
        const { run } = yield* withOrphan("while echo more >&2; do sleep 0.1; done", "echo answer")
        const { exitCode, stderr, stdout } = yield* run
        assert.deepStrictEqual({ exitCode, stdout }, { exitCode: 0, stdout: "answer\n" })
        assert.match(stderr, /^(more\n)+$/)
      }))

    test("its whole output is read", () =>
      Effect.gen(function*() {
        const { run } = yield* withOrphan("exec sleep 300", "head -c 3000000 /dev/zero")
        assert.strictEqual((yield* run).stdout.length, 3_000_000)
      }))

    test("does not keep this process alive, because nothing reads its pipes", () =>
      Effect.gen(function*() {
        // A write to a pipe without a reader fails.
        const { pid, run } = yield* withOrphan(
          "trap \"\" PIPE; while echo more 2> /dev/null; do sleep 0.05; done",
          "echo answer"
        )
        yield* run
        const id = yield* pid
        yield* isGone(id).pipe(
          Effect.filterOrFail((is) => is, () => new Cause.NoSuchElementError("it still writes")),
          Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 3_000 })
        )
      }))
  })

  test("the limits are accepted on each of both pipes", () =>
    Effect.gen(function*() {
      const { run } = yield* scripted("printf 12345678; printf 12345678 >&2", { maxOutputBytes: 8 })
      assert.deepStrictEqual(yield* run(), { exitCode: 0, stdout: "12345678", stderr: "12345678" })
      const tight = yield* scripted("printf 123456789", { maxOutputBytes: 8 })
      assert.instanceOf(errorOf(yield* Effect.exit(tight.run())), CondorTool.ToolOutputTooLarge)
    }))

  test("a stream emits text as it arrives, with whole characters", () =>
    Effect.gen(function*() {
      const { stream } = yield* scripted(
        "printf 'a\\303'; sleep 0.2; printf '\\251b'; sleep 0.2; head -c 3000000 /dev/zero; echo no >&2"
      )
      const given = yield* Stream.runCollect(stream())
      assert.isAbove(given.length, 2)
      assert.strictEqual(given.join(""), `aéb${"\0".repeat(3_000_000)}`)
    }))

  test("a stream fails if the tool fails, with the output of the tool", () =>
    Effect.gen(function*() {
      const { stream } = yield* scripted("printf part; echo why >&2; exit 3")
      const given: Array<string> = []
      const error = yield* Effect.flip(Stream.runForEach(stream(), (text) => Effect.sync(() => given.push(text))))
      assert.instanceOf(error, CondorTool.ToolExited)
      if (!(error instanceof CondorTool.ToolExited)) return
      assert.deepStrictEqual([error.exitCode, error.stderr], [3, "why\n"])
      assert.strictEqual(given.join("") + error.stdout, "part")
    }))

  test("the end of the reader kills the tool of a stream", () =>
    Effect.gen(function*() {
      const { binDirectory, stream } = yield* scripted("echo \"$$ $$\" > \"$PIDS\"; echo first; exec sleep 60")
      const pids = `${binDirectory}/pids`
      const first = yield* Stream.runHead(stream({ environment: { PIDS: pids } }))
      assert.strictEqual(Option.getOrUndefined(first), "first\n")
      yield* assertGroupGone(pids)
    }))

  test("the debug log has the tool and its shortened arguments, and nothing of the environment", () =>
    Effect.gen(function*() {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => lines.push(`${logLevel} ${String(message)}`))
      const { run } = yield* scripted("exit 0")
      yield* run({
        args: ["-constraint", "ClusterId == 7", "x".repeat(3_000)],
        environment: { HIDDEN: Redacted.make(secret), PLAIN: "plain-value" }
      }).pipe(
        Effect.provideService(References.MinimumLogLevel, "Debug"),
        Effect.provideService(Logger.CurrentLoggers, new Set([logger]))
      )
      assert.deepStrictEqual(lines.map((line) => line.replace(/x+/, "x")), [
        "Debug condor_q -constraint \"ClusterId == 7\" \"x…\""
      ])
      assert.isBelow(lines.join().length, 2_200)
    }))

  test("spans have the tool and the number of its arguments, and no argument and no environment", () =>
    Effect.gen(function*() {
      const { spans, tracer } = Spans.keeping()
      const { run } = yield* scripted("exit 3")
      yield* run({
        args: ["argument-7", "x"],
        environment: { HIDDEN: Redacted.make(secret), PLAIN: "plain-value" }
      }).pipe(Effect.withTracer(tracer))
      const own = spans.find((span) => span.name === "CondorTool.run")
      assert.isDefined(own)
      assert.deepStrictEqual(
        Array.from(own?.attributes ?? []).filter(([name]) => name.startsWith("process.")).toSorted(),
        [["process.args_count", 2], ["process.command", "condor_q"], ["process.exit_code", 3]]
      )
      const everything = JSON.stringify(
        spans.map((span) => [span.name, Array.from(span.attributes), Array.from(span.events), span.status._tag])
      )
      for (const word of ["argument-7", secret, "plain-value"]) assert.notInclude(everything, word)
    }))
})

describe("a tool whose client is killed", () => {
  it.each(
    [
      ["condor_submit", true],
      ["condor_qedit", true],
      ["condor_transfer_data", true],
      // This tool changes nothing.
      ["condor_q", false]
    ] as const
  )("%s dies with it: %s", (tool, dies) =>
    Effect.runPromise(
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const binDirectory = yield* install({ [tool]: "echo $$ > \"$0.pid\"; exec sleep 300" })
        const script = fileURLToPath(new URL("Client.ts", import.meta.url))
        const args = ["--disable-warning=ExperimentalWarning", script, binDirectory, tool]
        const client = yield* spawner.spawn(ChildProcess.make(execPath, args, { extendEnv: true }))
        const pid = (yield* written(`${binDirectory}/${tool}.pid`)).trim()
        // Only the client: the tool is in its own process group.
        yield* client.kill({ killSignal: "SIGKILL" })
        const gone = yield* isGone(pid).pipe(
          Effect.repeat({
            schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: dies ? 1_500 : 50 })),
            until: (is) => is
          })
        )
        assert.strictEqual(gone, dies)
        if (!dies) yield* spawner.exitCode(ChildProcess.make("kill", ["-9", pid]))
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
    ), 120_000)
})
