/**
 * Looks for constructions that make texts hard to read: in the documents, in comments and docstrings, in the messages of the
 * program, and in the titles of tests. It fails if there is one. Arguments are paths: only texts below them are checked.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, Path, Stdio } from "effect"
import { CheckFailed } from "./CheckFailed.ts"
import { type Construction, constructions } from "./prose/Constructions.ts"
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
  const chosen = found.filter(({ text }) => args.length === 0 || args.some((each) => text.file.startsWith(each)))
  if (chosen.length > 0) {
    return yield* new CheckFailed({ detail: `plain English, please:\n${chosen.map(line).join("\n")}` })
  }
  yield* Console.log(`${texts.length} texts: clear`)
})

/** Files and folders whose strings are messages of HTCondor: these stay as they are. */
const foreign: ReadonlyArray<string> = [
  "src/testing/fake",
  // The sentences that it shows as bad.
  "scripts/prose/Constructions.ts"
]

const isUnder = (file: string, paths: ReadonlyArray<string>): boolean =>
  paths.some((each) => file === each || file.startsWith(`${each}/`))

const line = ({ construction, sentence, text }: Finding): string =>
  `${text.file}:${sentence.line}: ${construction.name}: ${
    JSON.stringify(excerpt(sentence.text))
  } -> ${construction.advice}`

const excerpt = (text: string): string => text.length > 100 ? `${text.slice(0, 97)}...` : text

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
