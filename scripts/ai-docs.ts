/** Writes AGENTS.md from ai-docs/src. `--check` compares instead. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path, Stdio, Stream } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import { CheckFailed } from "./CheckFailed.ts"

const folder = "ai-docs/src"
const target = "AGENTS.md"

/** The tested examples for programs as a whole. */
const programs = "examples"

const docstring = /^\/\*\*\n(?<text>[\s\S]*?)\n \*\/\n/

/** The title and the description at the top of an example, and its code. */
const parse = (source: string) => {
  const match = docstring.exec(source)
  const text = (match?.groups?.["text"] ?? "").replaceAll(/^ \* ?/gm, "")
  const [, title, description = ""] = /^@title (.*)\n\n([\s\S]*)$/.exec(text) ?? []
  return { title, description: description.replaceAll("\n", " ").trim(), code: source.slice(match?.[0].length ?? 0) }
}

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const stdio = yield* Stdio.Stdio
  const names = (yield* fileSystem.readDirectory(folder)).filter((name) => name.endsWith(".ts")).toSorted()
  let text = yield* fileSystem.readFileString(path.join(folder, "index.md"))
  const list: Array<string> = []
  for (const name of names) {
    const { code, description, title } = parse(yield* fileSystem.readFileString(path.join(folder, name)))
    if (title === undefined) return yield* new CheckFailed({ detail: `${folder}/${name} has no @title` })
    list.push(`- **[${title}](./${folder}/${name})**: ${description}`)
    text = text.replace(`{{code ${name}}}`, `${description}\n\n\`\`\`ts\n${code}\`\`\``)
  }
  text = text.replace(
    "{{list}}",
    `${list.join("\n")}\n- **[Whole programs](./${programs})**: each runs in the tests of the package.`
  )
  const left = /\{\{.*\}\}/.exec(text)
  if (left !== null) return yield* new CheckFailed({ detail: `${folder}/index.md: no example for ${left[0]}` })
  // Formatted as every document.
  const formatted = yield* spawner.string(
    ChildProcess.make("dprint", ["fmt", "--stdin", target], { stdin: Stream.make(new TextEncoder().encode(text)) })
  )
  const args = yield* stdio.args
  if (!args.includes("--check")) return yield* fileSystem.writeFileString(target, formatted)
  if ((yield* fileSystem.readFileString(target)) !== formatted) {
    return yield* new CheckFailed({ detail: `${target} is out of date: npm run ai-docs` })
  }
  yield* Console.log(`${target}: as in ${folder}, with ${names.length} examples`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
