/** The real HTCondor of `scripts/stack`, as a service for live tests. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { CondorTool, Credential, type HTCondorCE } from "../../src/index.ts"
import * as Backend from "./Backend.ts"

export type Version = "lts" | "latest"

const isVersion = Schema.is(Schema.Literals(["lts", "latest"]))

/** Versions to test, from `HTCONDOR_CE_TEST_VERSIONS` (default: both). */
export const versions: ReadonlyArray<Version> = Effect.runSync(
  Config.String("HTCONDOR_CE_TEST_VERSIONS").pipe(Config.withDefault("lts,latest"))
).split(",").map((text) => text.trim()).filter(isVersion)

/** Configuration of the stacks under test, from `HTCONDOR_CE_TEST_CONFIG` (default: `basic`). */
export const configuration = Effect.runSync(
  Config.String("HTCONDOR_CE_TEST_CONFIG").pipe(Config.withDefault("basic"))
)

export class StackFailed extends Schema.TaggedError<StackFailed>("test/live/StackFailed")("StackFailed", {
  command: Schema.String,
  exitCode: Schema.Int,
  stderr: Schema.String
}) {
  override get message(): string {
    return `${this.command} exited with ${this.exitCode}: ${this.stderr}`
  }
}

export interface Answer {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * - `config`: the library's configuration for this CE
 * - `credentials`: those of user pilot; `proxyFile` is absent where there is no proxy
 * - `exports`: the output of `scripts/stack env`, as NAME=value
 * - `run`: any command of this host
 * - `exec`: a tool on the host as user pilot of the CE, as `scripts/stack exec` runs it, to query the CE without the
 *   library
 * - `submitHost`: the arguments that make such a tool query the submit host, if there is one
 * - `inside`: a command in the instance as root, as the site's administrator runs it
 * - `token`: a new token with the given options of `scripts/stack token`
 */
export class Stack extends Context.Service<Stack, {
  readonly version: Version
  readonly endpoint: string
  readonly schedd: string
  readonly tokenFile: string
  readonly proxyFile: string | undefined
  readonly exports: ReadonlyArray<string>
  readonly binDirectory: string
  readonly config: HTCondorCE.Config & { readonly token: "IdToken" | "SciToken" }
  readonly credentials: Layer.Layer<Credential.CredentialProvider>
  readonly submitHost: ReadonlyArray<string> | undefined
  run(command: string, ...args: ReadonlyArray<string>): Effect.Effect<Answer>
  exec(...args: ReadonlyArray<string>): Effect.Effect<Answer>
  inside(...args: ReadonlyArray<string>): Effect.Effect<Answer>
  token(...options: ReadonlyArray<string>): Effect.Effect<string, StackFailed>
}>()("test/live/Stack") {
  static readonly layer = (version: Version): Layer.Layer<Stack, StackFailed> =>
    Layer.effect(
      Stack,
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const runIn = (
          env: Record<string, string>,
          command: string,
          args: ReadonlyArray<string>
        ): Effect.Effect<Answer> =>
          Effect.scoped(Effect.gen(function*() {
            const handle = yield* spawner.spawn(
              ChildProcess.make(command, args, { env, extendEnv: true, stdin: "ignore", forceKillAfter: "2 seconds" })
            )
            const [stdout, stderr, exitCode] = yield* Effect.all([
              Stream.mkString(Stream.decodeText(handle.stdout)),
              Stream.mkString(Stream.decodeText(handle.stderr)),
              // A killed command has no exit code.
              Effect.orElseSucceed(Effect.map(handle.exitCode, Number), () => 137)
            ], { concurrency: "unbounded" })
            return { exitCode, stdout, stderr }
          })).pipe(Effect.orDie)
        const run = (command: string, ...args: ReadonlyArray<string>) => runIn({}, command, args)
        const stack = (...args: ReadonlyArray<string>) => run("scripts/stack", ...args)
        const required = Effect.fnUntraced(function*(...args: ReadonlyArray<string>) {
          const answer = yield* stack(...args)
          return answer.exitCode === 0 ? answer.stdout : yield* new StackFailed({
            command: `scripts/stack ${args.join(" ")}`,
            exitCode: answer.exitCode,
            stderr: answer.stderr
          })
        })
        const exports = yield* required("env", version)
        // The environment of a tool in `exec`, read once: reading it for each call would take longer than most tools.
        const environment = Object.fromEntries(
          (yield* required("exec", version, "env", "-0")).split("\0").flatMap((line) => {
            const end = line.indexOf("=")
            return end < 1 ? [] : [[line.slice(0, end), line.slice(end + 1)]]
          })
        )
        // As in a shell, the last definition counts.
        const value = (name: string) =>
          Array.from(exports.matchAll(new RegExp(`^export ${name}=(.*)$`, "gm"))).at(-1)?.[1] ?? ""
        const [endpoint, schedd, tokenFile, proxyFile, authorities, localPool, localSchedd] = [
          value("HTCONDOR_CE_ENDPOINT"),
          value("HTCONDOR_CE_SCHEDD"),
          value("HTCONDOR_CE_TOKEN_FILE"),
          value("HTCONDOR_CE_PROXY_FILE"),
          value("HTCONDOR_CE_CA_FILE"),
          value("HTCONDOR_CE_LOCAL_POOL"),
          value("HTCONDOR_CE_LOCAL_SCHEDD")
        ]
        const token = value("HTCONDOR_CE_TOKEN_KIND").toLowerCase() === "scitoken" ? "SciToken" : "IdToken"
        return {
          version,
          endpoint,
          schedd,
          tokenFile,
          proxyFile: proxyFile === "" ? undefined : proxyFile,
          exports: Array.from(exports.matchAll(/^export (.*)$/gm), ([, assignment = ""]) => assignment),
          config: {
            endpoint,
            schedd,
            token,
            proxy: proxyFile !== "",
            ...(localPool === "" ? {} : { route: { _tag: "Grid", pool: localPool, schedd: localSchedd } }),
            ...(authorities === "" ? {} : { certificateAuthorities: { file: authorities } })
          },
          credentials: Credential.layerFiles({
            [token === "SciToken" ? "sciToken" : "idToken"]: tokenFile,
            ...(proxyFile === "" ? {} : { proxy: proxyFile })
          }).pipe(Layer.provide(NodeServices.layer)),
          submitHost: localPool === "" ? undefined : ["-pool", localPool, "-name", localSchedd],
          binDirectory: value("HTCONDOR_CE_CONDOR_BIN"),
          run,
          exec: (...args) => runIn(environment, "env", args),
          inside: (...args) => stack("inside", version, ...args),
          token: (...options) => Effect.map(required("token", version, ...options), (text) => text.trim())
        }
      })
    ).pipe(Layer.provide(NodeServices.layer))
}

/** The library's own backend on the stack, as user pilot by default. */
export const backend = (
  config: Partial<HTCondorCE.Config> = {},
  credentials?: Layer.Layer<Credential.CredentialProvider, StackFailed>
) =>
  Layer.unwrap(
    Effect.map(Stack, (stack) =>
      Backend.layer({ ...stack.config, ...config }).pipe(
        Layer.provide([
          CondorTool.layer({ binDirectory: stack.binDirectory }),
          credentials ?? stack.credentials
        ]),
        Layer.provide(NodeServices.layer)
      ))
  )
