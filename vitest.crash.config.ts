import { defineConfig } from "vitest/config"
import { memory } from "./vitest.memory.ts"
import { reporters } from "./vitest.reporters.ts"

// Clients that are killed by the hundred. Two files at once: the cluster's waits most of the time.
export default defineConfig({
  test: {
    ...reporters,
    ...memory,
    include: ["test/crash/**/*.test.ts"],
    setupFiles: "test/setup.ts",
    maxWorkers: 2,
    testTimeout: 1_800_000
  }
})
