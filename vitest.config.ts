import { defineConfig } from "vitest/config"
import { memory } from "./vitest.memory.ts"
import { reporters } from "./vitest.reporters.ts"

export default defineConfig({
  test: {
    ...reporters,
    ...memory,
    include: ["test/**/*.test.ts"],
    setupFiles: "test/setup.ts",
    exclude: ["test/live/**", "test/crash/**"],
    sequence: { concurrent: true },
    // No module of ours keeps anything between tests: files share workers, one for each core.
    isolate: false,
    maxWorkers: "100%",
    // Tests of one file share a thread, and a machine that builds a stack meanwhile is slow.
    testTimeout: 180_000
  }
})
