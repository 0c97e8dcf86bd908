import { defineConfig } from "vitest/config"
import { reporters } from "./vitest.reporters.ts"

// The live suite talks to the real daemons of scripts/stack, one file after the other on a small machine.
export default defineConfig({
  test: {
    ...reporters,
    include: ["test/live/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
