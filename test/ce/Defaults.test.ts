/** Each default in a docstring is the actual default. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, FileSystem, Layer, Sink, Stream } from "effect"
import { ChildProcessSpawner } from "effect/process"
import { TestClock } from "effect/testing"
import * as Config from "../../src/ce/Config.ts"
import * as ToolThrottle from "../../src/condor/tools/ToolThrottle.ts"
import { Capability, CondorTool, Credential, HTCondorCE, Limits, ScheddTransport } from "../../src/index.ts"
import * as Tokens from "./Tokens.ts"

const mebibyte = 1024 ** 2

const units: Readonly<Record<string, (count: number) => unknown>> = {
  "": (count) => count,
  MiB: (count) => count * mebibyte,
  GiB: (count) => count * 1024 * mebibyte,
  seconds: Duration.seconds,
  minutes: Duration.minutes,
  days: Duration.days
}

/**
 * The value that a documented default names. A text that is no value, such as "the system's", is returned unchanged.
 */
const valueOf = (words: string): unknown => {
  const [, digits, unit = ""] = /^([\d,]+) ?(\w*)$/.exec(words) ?? []
  if (digits !== undefined) return units[unit]?.(Number(digits.replaceAll(",", "")))
  const text = words.replaceAll("`", "")
  return text === "true" || text === "false" ? text === "true" : text
}

/** The defaults that the docstrings of an interface or a struct document, by the name of their field. */
const documented = Effect.fnUntraced(function*(file: string, name: string) {
  const text = yield* Effect.flatMap(FileSystem.FileSystem, (fileSystem) => fileSystem.readFileString(file))
  const [, begun = ""] = text.split(new RegExp(`export (?:interface ${name} |const ${name} = Schema.Struct\\()`))
  const fields = begun.slice(0, begun.indexOf("\n}")).matchAll(/\/\*\*(.*?)\*\/\s+(?:readonly )?(\w+)/gs)
  return new Map(
    Array.from(fields).flatMap(([, docstring = "", field = ""]) => {
      const said = docstring.replaceAll(/\n *\*? */g, " ")
      const [, words = /`(\w+)` \(default\)/.exec(said)?.[1]] = /\bDefault: ([^.;]+?)(?:, |[.;])/.exec(said) ?? []
      return words === undefined ? [] : [[field, valueOf(words)] as const]
    })
  )
})

const duration = (value: unknown): Duration.Duration => Duration.isDuration(value) ? value : assert.fail(String(value))

const number = (value: unknown): number => typeof value === "number" ? value : assert.fail(String(value))

describe("the documented default", () => {
  it.effect("is the default of the configuration", () =>
    Effect.gen(function*() {
      const { limits, ...settings } = Config.settings({ endpoint: "ce.example.org" })
      assert.deepStrictEqual(limits, Limits.Limits.make({}))
      // The other fields have their defaults elsewhere.
      const elsewhere = {
        temporaryDirectory: "the system's",
        audience: "<host>:<port>",
        certificateAuthorities: "the directory in X509_CERT_DIR",
        schedd: "the host"
      }
      const expected = Object.entries({ ...settings, ...elsewhere }).filter(([, value]) =>
        value !== undefined && !(Array.isArray(value) && value.length === 0)
      )
      const docs = yield* documented("src/ce/Config.ts", "Config")
      assert.deepStrictEqual(
        Array.from(docs).toSorted(([a], [b]) => a < b ? -1 : 1),
        expected.toSorted(([a], [b]) => a < b ? -1 : 1)
      )
      // "or half of `timeout` if that is less"
      const least = { endpoint: "ce.example.org", historyDepth: 0, maxConcurrent: 0, maxJobsPerCluster: 0 }
      assert.include(Config.settings(least), { historyDepth: 1, maxConcurrent: 1, maxJobsPerCluster: 1 })
      const hasty = Config.settings({ endpoint: "ce.example.org", timeout: "8 seconds" })
      assert.deepStrictEqual(hasty.slowAfter, Duration.seconds(4))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is the default of the limits on output", () =>
    Effect.gen(function*() {
      const docs = yield* documented("src/contract/Limits.ts", "Limits")
      assert.deepStrictEqual({ ...Limits.Limits.make({}) }, Object.fromEntries(docs))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is the number of tools that run concurrently", () =>
    Effect.gen(function*() {
      const docs = yield* documented("src/condor/tools/ToolThrottle.ts", "Options")
      const room = ToolThrottle.makeRoom()
      let running = 0
      const hung = Effect.andThen(Effect.sync(() => running++), Effect.never)
      yield* Effect.forEach(Array.from({ length: 200 }), () => Effect.forkChild(room(false, hung)))
      const patience = Duration.toMillis(duration(docs.get("patience")))
      yield* TestClock.adjust(patience - 1)
      assert.strictEqual(running, docs.get("maxConcurrent"))
      yield* TestClock.adjust(1)
      assert.strictEqual(running, 2 * number(docs.get("maxConcurrent")))
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(running, number(docs.get("maxConcurrent")) + number(docs.get("maxWaiting")))
    }).pipe(Effect.provide(NodeServices.layer)))

  it.live("is the size of a tool's output, and tools are not confined", () =>
    Effect.gen(function*() {
      const docs = yield* documented("src/condor/tools/CondorTool.ts", "Options")
      const commands: Array<string> = []
      const bytes = new Uint8Array(mebibyte)
      const spawner = ChildProcessSpawner.make((command) =>
        Effect.sync(() => {
          if (command._tag === "StandardCommand") commands.push([command.command, ...command.args].join(" "))
          return ChildProcessSpawner.makeHandle({
            pid: ChildProcessSpawner.ProcessId(1),
            exitCode: Effect.succeed(ChildProcessSpawner.ExitCode(1)),
            isRunning: Effect.succeed(false),
            kill: () => Effect.void,
            stdin: Sink.drain,
            // An endless stream of the same chunk, of which nothing is kept.
            stdout: Stream.forever(Stream.make(bytes)),
            stderr: Stream.empty,
            all: Stream.empty,
            getInputFd: () => Sink.drain,
            getOutputFd: () => Stream.empty,
            unref: Effect.succeed(Effect.void)
          })
        })
      )
      const run = Effect.flatMap(CondorTool.CondorTool, (tool) =>
        Stream.runDrain(tool.stream({
          tool: "condor_q",
          args: [],
          environment: {},
          timeout: "1 minute",
          writableDirectory: "/tmp"
        }))).pipe(
          Effect.provide(CondorTool.layer()),
          Effect.provideService(ChildProcessSpawner.ChildProcessSpawner, spawner)
        )
      const error = yield* Effect.flip(run)
      assert.strictEqual(error._tag === "ToolOutputTooLarge" && error.maxBytes, docs.get("maxOutputBytes"))
      assert.strictEqual(commands.includes("condor_q"), docs.get("confine") === false)
    }).pipe(Effect.provide(NodeServices.layer)))

  it.effect("is the lifetime of an idle backend", () =>
    Effect.gen(function*() {
      const text = yield* Effect.flatMap(
        FileSystem.FileSystem,
        (fileSystem) => fileSystem.readFileString("src/ce/HTCondorCE.ts")
      )
      const lives = Duration.toMillis(duration(valueOf(/`idleTimeToLive` \(default: ([^)]+)\)/.exec(text)?.[1] ?? "")))
      let built = 0
      const ces = yield* HTCondorCE.layerMap((host: string) => {
        built += 1
        return { endpoint: host }
      })
      const visit = Effect.provide(Effect.asVoid(Capability.StatusReporter), ces.get("ce.example.org"))
      yield* visit
      yield* TestClock.adjust(lives - 1)
      yield* visit
      assert.strictEqual(built, 1)
      yield* TestClock.adjust(lives)
      yield* visit
      assert.strictEqual(built, 2)
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Layer.mergeAll(
          Layer.provide(
            ScheddTransport.layerTools(),
            Layer.merge(Layer.succeed(CondorTool.CondorTool, CondorTool.make(() => Effect.never)), NodeServices.layer)
          ),
          Credential.layerToken(Tokens.plain("any")),
          NodeServices.layer
        )
      )
    ))
})
