import { defineConfig } from "vitest/config"
import { memory } from "./vitest.memory.ts"
import { reporters } from "./vitest.reporters.ts"

// Clients that are killed by the hundred.
export default defineConfig({
  test: {
    ...reporters,
    ...memory,
    include: ["test/crash/**/*.test.ts"],
    setupFiles: "test/setup.ts",
    testTimeout: 1_800_000
  }
})
