/** Type-checks the examples of the documents and of the docstrings as a user would: against the built package. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { CheckFailed } from "./CheckFailed.ts"
import * as Examples from "./prose/Examples.ts"

const documents = [
  "README.md",
  "docs/accounting.md",
  "docs/classad.md",
  "docs/cluster.md",
  "docs/configuration.md",
  "docs/credentials.md",
  "docs/diracx.md",
  "docs/failures.md",
  "docs/from-dirac.md",
  "docs/getting-started.md",
  "docs/many-ces.md",
  "docs/outputs.md",
  "docs/payload.md",
  "docs/pilot-factory.md",
  "docs/recovery.md",
  "docs/retrieval.md",
  "docs/testing.md"
]

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const examples: Array<{ readonly name: string; readonly code: string }> = []
  for (const document of documents) {
    const text = yield* fileSystem.readFileString(document)
    const found = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code = ""]) => code)
    if (found.length === 0) return yield* new CheckFailed({ detail: `${document} has no TypeScript example` })
    examples.push(...found.map((code, index) => ({ name: Examples.fileName(document, index + 1), code })))
  }
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
