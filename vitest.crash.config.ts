import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"
import { heap, memory } from "./vitest.memory.ts"
import { reporters } from "./vitest.reporters.ts"

// Clients that are killed by the hundred.
export default defineConfig({
  test: {
    ...reporters,
    ...memory,
    ...heap,
    include: ["test/crash/**/*.test.ts"],
    setupFiles: ["test/setup.ts", "test/Equality.ts"],
    // Their processes wait for each other, and a cluster for its locks.
    maxWorkers: Math.max(2, availableParallelism()),
    testTimeout: 600_000
  }
})
