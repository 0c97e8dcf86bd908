/**
 * The main job on a real HTCondor-CE: `node scripts/demo-live.ts [lts|latest]`.
 *
 * It starts `scripts/stack` if it is not running, and then ends it again.
 */
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import { type DemoFailed, fail, Stage, type Version } from "../src/cli/demo/Story.ts"
import { CondorTool, Credential, HTCondorCE, ScheddTransport } from "../src/index.ts"
import { main } from "./demo/main.ts"

/** The running stack: where its CE is, and its `condor_q`, which this library has no part in. */
class Stack extends Context.Service<Stack, {
  readonly version: Version
  readonly endpoint: string
  readonly schedd: string
  readonly tokenFile: string
  readonly binDirectory: string
  readonly keysInQueue: Effect.Effect<ReadonlyArray<string>, DemoFailed>
}>()("scripts/demo/Stack") {
  static readonly layer = (version: Version) =>
    Layer.effect(
      Stack,
      Effect.gen(function*() {
        const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
        const path = yield* Path.Path
        const script = path.resolve(import.meta.dirname, "stack")
        const run = (args: ReadonlyArray<string>, output: "inherit" | "ignore") =>
          spawner.exitCode(
            ChildProcess.make(script, args, { extendEnv: true, stdin: "ignore", stdout: output, stderr: output })
          ).pipe(Effect.catch(() => Effect.succeed(ChildProcessSpawner.ExitCode(127))))
        const read = (command: string, args: ReadonlyArray<string>) =>
          spawner.lines(ChildProcess.make(command, args, { extendEnv: true, stdin: "ignore" })).pipe(
            Effect.mapError(() => fail(`${command} ${args.join(" ")} failed`))
          )

        if ((yield* run(["status", version], "ignore")) !== 0) {
          const [system, user] = [...yield* read("uname", ["-s"]), ...yield* read("id", ["-u"])]
          if (system !== "Linux" || user !== "0") {
            return yield* fail(
              `the stack "${version}" is not running, and to start it needs Linux and root (this is ${system}, user id ` +
                `${user}): try "sudo scripts/stack up ${version}" first`
            )
          }
          yield* Console.log(`Starting a real HTCondor (scripts/stack up ${version}); the first time it is built first`)
          yield* Effect.addFinalizer(() =>
            Effect.andThen(run(["down", version], "ignore"), Console.log(`Stopped it (scripts/stack down ${version})`))
          )
          if ((yield* run(["up", version], "inherit")) !== 0) {
            return yield* fail(`scripts/stack up ${version} failed, its words are above`)
          }
        }
        const exports = (yield* read(script, ["env", version])).join("\n")
        const value = (name: string) => new RegExp(`^export HTCONDOR_CE_${name}=(.*)$`, "m").exec(exports)?.[1] ?? ""
        return {
          version,
          endpoint: value("ENDPOINT"),
          schedd: value("SCHEDD"),
          tokenFile: value("TOKEN_FILE"),
          binDirectory: value("CONDOR_BIN"),
          keysInQueue: read(script, ["exec", version, "condor_q", "-allusers", "-af", "EffectCEKey"])
        }
      })
    )
}

const stage = Layer.effect(
  Stage,
  Effect.map(Stack, ({ endpoint, keysInQueue, version }) => ({
    title: `A real HTCondor-CE (${version})`,
    endpoint,
    keysInQueue
  }))
)

const backend = Layer.unwrap(
  Effect.map(Stack, ({ binDirectory, endpoint, schedd, tokenFile }) =>
    HTCondorCE.layer({ endpoint, schedd }).pipe(
      Layer.provide(ScheddTransport.layerTools()),
      Layer.provide([CondorTool.layer({ binDirectory }), Credential.layerTokenFile(tokenFile)])
    ))
)

main((version) => Layer.mergeAll(stage, backend).pipe(Layer.provide(Stack.layer(version))))
