/** The texts of the repository: its documents and its TypeScript. */
import { Effect, FileSystem, Path } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { API } from "typescript/unstable/sync"

/** The directory of the API reference, which `npm run docs` writes from the docstrings. */
export const reference = "docs/api"

/** The text of each document that people have written, by its path. */
export const documents = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const texts = new Map<string, string>()
  const files = yield* spawner.lines(
    ChildProcess.make("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])
  )
  for (const file of files) {
    // One that is deleted may still be in the index.
    if (!file.startsWith(`${reference}/`) && (yield* fileSystem.exists(file))) {
      texts.set(file, yield* fileSystem.readFileString(file))
    }
  }
  return texts
})

/** The TypeScript projects of the repository, as TypeScript itself reads them. */
export const projects = Effect.gen(function*() {
  const root = (yield* Path.Path).resolve(".")
  const api = yield* Effect.acquireRelease(
    Effect.sync(() => new API({ cwd: root })),
    (api) => Effect.sync(() => api.close())
  )
  return api.updateSnapshot({ openProjects: ["tsconfig.json"] }).getProjects()
})
