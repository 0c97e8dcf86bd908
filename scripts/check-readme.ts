/** Type-checks the TypeScript of the documents, as a user would have it, against the built package. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { CheckFailed } from "./CheckFailed.ts"

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
  const examples: Array<string> = []
  for (const document of documents) {
    const text = yield* fileSystem.readFileString(document)
    const found = Array.from(text.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code]) => code ?? "")
    if (found.length === 0) return yield* new CheckFailed({ detail: `${document} has no TypeScript example` })
    examples.push(...found)
  }
  // Below the package, so that its own name resolves to it.
  const directory = yield* fileSystem.makeTempDirectoryScoped({ directory: ".", prefix: ".readme-" })
  for (const [index, code] of examples.entries()) {
    yield* fileSystem.writeFileString(`${directory}/example-${index}.ts`, code)
  }
  yield* fileSystem.writeFileString(
    `${directory}/tsconfig.json`,
    JSON.stringify({
      extends: "../tsconfig.json",
      compilerOptions: { paths: {} },
      include: [],
      files: examples.map((_, index) => `example-${index}.ts`)
    })
  )
  const exitCode = yield* spawner.exitCode(
    ChildProcess.make("tsc", ["-p", directory], { stdout: "inherit", stderr: "inherit" })
  )
  if (exitCode !== 0) return yield* new CheckFailed({ detail: "an example does not compile" })
  yield* Console.log(`${documents.join(", ")}: ${examples.length} examples compile`)
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
