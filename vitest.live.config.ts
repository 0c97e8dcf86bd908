import { defineConfig } from "vitest/config"

// The live suite talks to the real daemons of scripts/stack, one after the other on a small machine.
export default defineConfig({
  test: {
    include: ["test/live/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000
  }
})
