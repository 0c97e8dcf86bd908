import { defineConfig } from "vitest/config"
import { reporters } from "./vitest.reporters.ts"

// Clients that are killed by the hundred.
export default defineConfig({
  test: {
    ...reporters,
    include: ["test/crash/**/*.test.ts"],
    setupFiles: "test/setup.ts",
    testTimeout: 1_800_000
  }
})
