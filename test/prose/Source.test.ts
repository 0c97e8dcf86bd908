import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { API } from "typescript/unstable/sync"
import * as Source from "../../scripts/prose/Source.ts"
import * as Text from "../../scripts/prose/Text.ts"

const program = `/**
 * The first line
 * and \`code\`. Second {@link Thing} sentence.
 *
 * @since 0.1.0
 */
export const a = /\\/\\/ no comment/
// One comment,
// two lines.
const b = \`A template of \${a /* inside */} many words\`
// oxlint-disable-next-line
const c = "'// no comment at all'"
// Another.
it("the title of a test", () => {})
const tried = (title) => it(title, () => {})
tried("the title of another test")
`

/** The texts of a file with this content. */
const textsOf = (name: string) =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const directory = yield* fileSystem.makeTempDirectoryScoped()
    yield* fileSystem.writeFileString(`${directory}/a.ts`, program)
    yield* fileSystem.writeFileString(`${directory}/tsconfig.json`, `{ "files": ["a.ts"] }`)
    const api = yield* Effect.acquireRelease(
      Effect.sync(() => new API({ cwd: directory })),
      (api) => Effect.sync(() => api.close())
    )
    const file = api.updateSnapshot({ openProjects: ["tsconfig.json"] }).getProjects()[0]?.program.getSourceFile(
      `${directory}/a.ts`
    )
    return file === undefined
      ? []
      : Source.texts(name, file, false).map(({ kind, lines, text }) => [kind, lines[0]?.line, text])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

const comments = [
  ["docstring", 2, `The first line and ${Text.code}. Second ${Text.code} sentence.`],
  ["comment", 8, "One comment, two lines."],
  ["comment", 10, "inside"],
  ["comment", 13, "Another."]
]

describe("Source", () => {
  it.live("reads comments, docstrings and strings, and skips code and directives", () =>
    Effect.gen(function*() {
      assert.sameDeepMembers(yield* textsOf("src/a.ts"), [
        ...comments,
        ["string", 10, `A template of ${Text.code} many words`],
        ["string", 12, "'// no comment at all'"],
        ["string", 14, "the title of a test"],
        ["string", 16, "the title of another test"]
      ])
    }))

  it.live("reads only titles in a test, also those that a function of the file passes on", () =>
    Effect.gen(function*() {
      assert.sameDeepMembers(yield* textsOf("test/a.test.ts"), [
        ...comments,
        ["test title", 14, "the title of a test"],
        ["test title", 16, "the title of another test"]
      ])
    }))
})

describe("Text", () => {
  it("says the line of each sentence of a paragraph", () => {
    const [, paragraph] = Text.fromMarkdown(
      "document",
      "a.md",
      "# Title\n\nOne sentence\nhere. Two\nlines.\n\n```ts\ncode\n```\n"
    )
    assert.deepStrictEqual(
      paragraph && Text.sentences(paragraph).map(({ line, text, words }) => [line, text, words]),
      [[3, "One sentence here.", 3], [4, "Two lines.", 2]]
    )
  })

  it("says the line of each cell of a table, and that its head is a phrase", () => {
    assert.deepStrictEqual(
      Text.fromMarkdown("document", "a.md", "| a | b |\n| - | - |\n| c | `d` |\n").map(({ lines, phrase, text }) => [
        text,
        phrase,
        lines[0]?.line
      ]),
      [["a", true, 1], ["b", true, 1], ["c", false, 3], [Text.code, false, 3]]
    )
  })
})
