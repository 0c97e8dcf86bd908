/** Type-checks the examples of the documents and of the docstrings as a user would: against the built package. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { CheckFailed } from "./CheckFailed.ts"
import * as Examples from "./prose/Examples.ts"
import { documents } from "./prose/Repository.ts"

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const examples: Array<{ readonly name: string; readonly code: string }> = []
  for (const [document, text] of yield* documents) {
    const found = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code = ""]) => code)
    const begun = Array.from(text.matchAll(/^```ts$/gm)).length
    if (found.length !== begun) return yield* new CheckFailed({ detail: `${document} has an example without an end` })
    examples.push(...found.map((code, index) => ({ name: Examples.fileName(document, index + 1), code })))
  }
  if (examples.length === 0) return yield* new CheckFailed({ detail: "the documents have no TypeScript example" })
  for (const file of yield* fileSystem.readDirectory("src", { recursive: true })) {
    if (!file.endsWith(".ts")) continue
    const found = Examples.ofDocstrings(yield* fileSystem.readFileString(`src/${file}`))
    examples.push(...found.map(({ code, line }) => ({ name: Examples.fileName(`src/${file}`, line), code })))
  }
  // Below the package, so that its own name resolves to it.
  const directory = yield* fileSystem.makeTempDirectoryScoped({ directory: ".", prefix: ".examples-" })
  for (const { code, name } of examples) yield* fileSystem.writeFileString(`${directory}/${name}`, code)
  yield* fileSystem.writeFileString(
    `${directory}/tsconfig.json`,
    JSON.stringify({
      extends: "../tsconfig.json",
      compilerOptions: { paths: {} },
      include: [],
      files: examples.map(({ name }) => name)
    })
  )
  const exitCode = yield* spawner.exitCode(
    ChildProcess.make("tsc", ["-p", directory], { stdout: "inherit", stderr: "inherit" })
  )
  if (exitCode !== 0) return yield* new CheckFailed({ detail: "an example does not compile" })
  yield* Console.log(`${examples.length} examples of the documents and docstrings compile`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
