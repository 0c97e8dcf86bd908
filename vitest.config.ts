import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"
import { heap, memory } from "./vitest.memory.ts"
import { reporters } from "./vitest.reporters.ts"

const source = (path: string) => fileURLToPath(new URL(`src/${path}`, import.meta.url))

export default defineConfig({
  // The examples import the package by its name, as a user does.
  resolve: {
    alias: [
      { find: /^effect-htcondor-ce$/, replacement: source("index.ts") },
      { find: /^effect-htcondor-ce\/diagnosis$/, replacement: source("ce/Diagnosis.ts") },
      { find: /^effect-htcondor-ce\/(\w+)$/, replacement: source("$1/index.ts") }
    ]
  },
  test: {
    ...reporters,
    ...memory,
    ...heap,
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    setupFiles: ["test/setup.ts", "test/Equality.ts"],
    exclude: ["test/live/**", "test/crash/**"],
    sequence: { concurrent: true },
    // No module of ours keeps anything between tests: files share workers. One more than there are cores: some tests only wait,
    // for jobs that are real processes.
    isolate: false,
    maxWorkers: availableParallelism() + 1,
    // Tests of one file share a thread, and a machine that builds a stack meanwhile is slow.
    testTimeout: 180_000
  }
})
