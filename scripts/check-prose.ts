/**
 * Looks for constructions that make texts hard to read: in the documents, in comments and docstrings, in the messages of the
 * program, and in the titles of tests. Paths that are in `prose/NotYet.ts` are counted; everything else must have none.
 *
 * `--counts` prints the counts by construction and by path, `--all` every sentence; paths after it limit both.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Path, Stdio } from "effect"
import { CheckFailed } from "./CheckFailed.ts"
import { type Construction, constructions } from "./prose/Constructions.ts"
import { foreign, notYet } from "./prose/NotYet.ts"
import { documents, projects } from "./prose/Repository.ts"
import * as Source from "./prose/Source.ts"
import * as Text from "./prose/Text.ts"

interface Finding {
  readonly text: Text.Text
  readonly sentence: Text.Sentence
  readonly construction: Construction
}

const program = Effect.gen(function*() {
  const path = yield* Path.Path
  const stdio = yield* Stdio.Stdio
  const args = yield* stdio.args
  const root = path.resolve(".")

  const texts = Array.from(yield* documents, ([file, text]) => Text.fromMarkdown("document", file, text)).flat()
  for (const project of yield* projects) {
    for (const file of project.rootFiles) {
      const source = project.program.getSourceFile(file)
      const name = path.relative(root, file)
      if (source !== undefined) texts.push(...Source.texts(name, source, isUnder(name, foreign)))
    }
  }

  const found = texts.filter((text) => !text.phrase).flatMap((text) =>
    Text.sentences(text).flatMap((sentence) =>
      constructions.filter((construction) => construction.finds(sentence))
        .map((construction): Finding => ({ text, sentence, construction }))
    )
  )
  const paths = args.filter((arg) => !arg.startsWith("--"))
  const chosen = found.filter(({ text }) => paths.length === 0 || paths.some((each) => text.file.startsWith(each)))
  if (args.includes("--counts")) yield* Console.log(counts(chosen))
  if (args.includes("--all")) yield* Console.log(chosen.map(line).join("\n"))

  const pathOf = ({ file, kind }: Text.Text) =>
    notYet.find((each) => each === (kind === "document" ? file : folderOf(file)))
  const stale = notYet.filter((each) => !found.some(({ text }) => pathOf(text) === each))
  const unclear = found.filter(({ text }) => pathOf(text) === undefined)
  if (stale.length > 0) {
    return yield* new CheckFailed({
      detail: `clear by now, take it from scripts/prose/NotYet.ts: ${stale.join(", ")}`
    })
  }
  if (unclear.length > 0) {
    return yield* new CheckFailed({ detail: `plain English, please:\n${unclear.map(line).join("\n")}` })
  }
  yield* Console.log(
    `${texts.length} texts: clear, but for ${found.length} sentences in the ${notYet.length} paths of scripts/prose/NotYet.ts`
  )
})

const folderOf = (file: string): string => file.slice(0, Math.max(0, file.lastIndexOf("/")))

const isUnder = (file: string, paths: ReadonlyArray<string>): boolean =>
  paths.some((each) => file === each || file.startsWith(`${each}/`))

const line = ({ construction, sentence, text }: Finding): string =>
  `${text.file}:${sentence.line}: ${construction.name}: ${
    JSON.stringify(excerpt(sentence.text))
  } -> ${construction.advice}`

const excerpt = (text: string): string => text.length > 100 ? `${text.slice(0, 97)}...` : text

const counts = (found: ReadonlyArray<Finding>): string => {
  const table = (title: string, keyOf: (finding: Finding) => string) => [
    title,
    ...Array.from(Map.groupBy(found, keyOf), ([key, group]) => ({ key, count: group.length }))
      .toSorted((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1))
      .map(({ count, key }) => `${String(count).padStart(6)}  ${key}`)
  ]
  return [
    ...table("by construction", ({ construction }) => construction.name),
    ...table("by kind of text", ({ text }) => text.kind),
    ...table("by path", ({ text }) => text.kind === "document" ? text.file : folderOf(text.file))
  ].join("\n")
}

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
