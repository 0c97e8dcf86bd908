import { defineConfig } from "vitest/config"
import { reporters } from "./vitest.reporters.ts"

export default defineConfig({
  test: {
    ...reporters,
    include: ["test/**/*.test.ts"],
    exclude: ["test/live/**"],
    sequence: { concurrent: true }
  }
})
