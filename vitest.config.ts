import { defineConfig } from "vitest/config"
import { reporters } from "./vitest.reporters.ts"

export default defineConfig({
  test: {
    ...reporters,
    include: ["test/**/*.test.ts"],
    exclude: ["test/live/**"],
    sequence: { concurrent: true },
    // Tests of one file share a thread, and a machine that builds a stack meanwhile is slow.
    testTimeout: 60_000
  }
})
