import { assert, describe, it } from "@effect/vitest"
import * as Links from "../../scripts/prose/Links.ts"

describe("Links", () => {
  it("finds links and images with their lines, outside of code", () => {
    const source = "# A\n\nSee [a](b.md#c)\nand ![d](e.svg) but not `[f](g.md)`.\n\n```md\n[h](i.md)\n```\n"
    assert.deepStrictEqual(Links.page(source).links, [{ target: "b.md#c", line: 3 }, { target: "e.svg", line: 4 }])
  })

  it("names headings as GitHub does", () => {
    assert.deepStrictEqual(
      Array.from(Links.page("# A `b` c, d\n\n## Same\n\n## Same\n\n<a id=\"own\"></a>\n").headings),
      ["a-b-c-d", "same", "same-1", "own"]
    )
  })

  it("splits a link into its file and its heading, and leaves others alone", () => {
    assert.deepStrictEqual(Links.local("../a.md#b"), { path: "../a.md", heading: "b" })
    assert.deepStrictEqual(Links.local("#b"), { path: "", heading: "b" })
    assert.isUndefined(Links.local("https://example.org/a.md"))
    assert.isUndefined(Links.local("mailto:a@example.org"))
  })
})
