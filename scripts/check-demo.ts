/** Plays the demo from the packed package, as `npx effect-htcondor-ce demo` would: nothing of the checkout is there but dependencies. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Clock, Console, Effect, FileSystem, Path, Schema, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { CheckFailed } from "./CheckFailed.ts"

const Manifest = Schema.fromJsonString(Schema.Struct({
  bin: Schema.Struct({ "htcondor-ce": Schema.String }),
  dependencies: Schema.Record(Schema.String, Schema.String),
  peerDependencies: Schema.Record(Schema.String, Schema.String)
}))

// Several times the duration on two busy cores.
const longest = "1 minute"

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const succeed = Effect.fnUntraced(function*(command: string, args: ReadonlyArray<string>, cwd?: string) {
    const [output, exitCode] = yield* Effect.gen(function*() {
      const handle = yield* spawner.spawn(ChildProcess.make(command, args, { cwd, stdin: "ignore" }))
      return yield* Effect.all([Stream.mkString(Stream.decodeText(handle.all)), handle.exitCode], {
        concurrency: "unbounded"
      })
    }).pipe(Effect.scoped)
    if (exitCode !== 0) {
      return yield* new CheckFailed({ detail: `${command} ${args.join(" ")} exited with ${exitCode}:\n${output}` })
    }
    return output
  })

  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "htcondor-ce-packed-" })
  const modules = path.join(directory, "node_modules")
  const installed = path.join(modules, "effect-htcondor-ce")
  yield* fileSystem.makeDirectory(path.join(modules, ".bin"), { recursive: true })
  yield* fileSystem.makeDirectory(installed)
  yield* succeed("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", directory])
  const archive = (yield* fileSystem.readDirectory(directory)).find((name) => name.endsWith(".tgz"))
  if (archive === undefined) return yield* new CheckFailed({ detail: "npm pack has left no archive" })
  yield* succeed("tar", ["-xzf", path.join(directory, archive), "-C", installed, "--strip-components=1"])

  // An install without a network: what the package may import, and no more.
  const manifest = yield* Schema.decodeEffect(Manifest)(
    yield* fileSystem.readFileString(path.join(installed, "package.json"))
  )
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
    yield* fileSystem.makeDirectory(path.dirname(path.join(modules, name)), { recursive: true })
    yield* fileSystem.symlink(path.resolve("node_modules", name), path.join(modules, name))
  }
  const program = path.join(modules, ".bin", "htcondor-ce")
  yield* fileSystem.symlink(path.join(installed, manifest.bin["htcondor-ce"]), program)

  const start = yield* Clock.currentTimeMillis
  const output = yield* Effect.timeoutOrElse(succeed(program, ["demo"], directory), {
    duration: longest,
    orElse: () =>
      Effect.fail(new CheckFailed({ detail: `the demo of the packed package has not ended after ${longest}` }))
  })
  const seconds = ((yield* Clock.currentTimeMillis) - start) / 1000
  if (!output.includes("6. Nothing is left")) return yield* new CheckFailed({ detail: `the demo said:\n${output}` })
  yield* Console.log(`${archive}: htcondor-ce demo ended well after ${seconds.toFixed(1)} s`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
