/** The modules that a program loads with the package. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath } from "node:url"

const root = new URL("../src/", import.meta.url)

// Types are not loaded, and neither are imports within functions.
const specifiers = /^(?:import|export)\s(?!type\s)[^"]*?"(\.[^"]+)"/gm

/** The modules that a module loads, itself included, as paths below src. */
const loadedBy = Effect.fnUntraced(function*(entry: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const seen = new Set([entry])
  for (const path of seen) {
    const url = new URL(path, root)
    const text = yield* fileSystem.readFileString(fileURLToPath(url))
    for (const [, specifier = ""] of text.matchAll(specifiers)) {
      seen.add(new URL(specifier, url).href.slice(root.href.length))
    }
  }
  return Array.from(seen)
})

const isOfDiagnosis = (path: string): boolean => path === "ce/Diagnosis.ts" || path.startsWith("ce/internal/diagnosis/")

describe("importing", () => {
  it.effect.each(["index.ts", "cli/Cli.ts"])(
    "%s loads the backend, and neither the diagnosis nor the fake",
    (entry) =>
      Effect.gen(function*() {
        const loaded = yield* loadedBy(entry)
        assert.include(loaded, "ce/internal/submit/Submit.ts")
        assert.deepStrictEqual(loaded.filter((path) => isOfDiagnosis(path) || path.startsWith("testing/")), [])
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("ce/Diagnosis.ts loads the whole diagnosis", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const files = yield* fileSystem.readDirectory(fileURLToPath(new URL("ce/internal/diagnosis/", root)))
      assert.sameMembers(
        (yield* loadedBy("ce/Diagnosis.ts")).filter(isOfDiagnosis),
        ["ce/Diagnosis.ts", ...files.map((file) => `ce/internal/diagnosis/${file}`)]
      )
    }).pipe(Effect.provide(NodeServices.layer)))
})
