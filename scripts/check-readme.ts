/** Type-checks the TypeScript of README.md, as a user would have it, against the built package. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"

class ReadmeBroken extends Schema.TaggedError<ReadmeBroken>()("ReadmeBroken", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const text = yield* fileSystem.readFileString("README.md")
  const examples = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code]) => code ?? "")
  if (examples.length === 0) return yield* new ReadmeBroken({ detail: "README.md has no TypeScript example" })
  // Below the package, so that its own name resolves to it.
  const directory = yield* fileSystem.makeTempDirectoryScoped({ directory: ".", prefix: ".readme-" })
  for (const [index, code] of examples.entries()) {
    yield* fileSystem.writeFileString(`${directory}/example-${index}.ts`, code)
  }
  yield* fileSystem.writeFileString(
    `${directory}/tsconfig.json`,
    JSON.stringify({
      extends: "../tsconfig.json",
      include: [],
      files: examples.map((_, index) => `example-${index}.ts`)
    })
  )
  const exitCode = yield* spawner.exitCode(
    ChildProcess.make("tsc", ["-p", directory], { stdout: "inherit", stderr: "inherit" })
  )
  if (exitCode !== 0) return yield* new ReadmeBroken({ detail: "an example of README.md does not compile" })
  yield* Console.log(`README.md: ${examples.length} example(s) compile`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
