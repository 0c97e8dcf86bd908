import { env } from "node:process"
import { defineConfig } from "vitest/config"
import { heap } from "./vitest.memory.ts"
import { reporters } from "./vitest.reporters.ts"

// The live suite talks to the real daemons of scripts/stack, one file after the other on a small machine.
export default defineConfig({
  test: {
    ...reporters,
    ...heap,
    include: ["test/live/**/*.test.ts"],
    setupFiles: "test/Equality.ts",
    exclude: env["HTCONDOR_CE_TEST_CONFIG"] === "grid" ? [] : ["test/live/Grid*.test.ts"],
    fileParallelism: false,
    // No module of ours keeps anything between tests: files share the one worker.
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 120_000
  }
})
