import { assert, it } from "@effect/vitest"
import * as Examples from "../../scripts/prose/Examples.ts"

it("an example is the code between the fences of a docstring, with its line", () => {
  const source = `
/**
 * Adds.
 *
 * \`\`\`ts
 * const three = add(1, 2)
 *
 *   // indented
 * \`\`\`
 */
const text = "\`\`\`ts"
/**
   * \`\`\`ts
   * one()
   * \`\`\`
   * \`\`\`sh
   * echo
   * \`\`\`
 */
`
  assert.deepStrictEqual(Examples.ofDocstrings(source), [
    { line: 6, code: "const three = add(1, 2)\n\n  // indented\n" },
    { line: 14, code: "one()\n" }
  ])
})
