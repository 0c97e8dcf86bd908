/** Checks the links between the documents: that the file exists, and that it has the heading. `npm run docs` comes first. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path } from "effect"
import { CheckFailed } from "./CheckFailed.ts"
import * as Links from "./prose/Links.ts"
import { documents, reference } from "./prose/Repository.ts"

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  if (!(yield* fileSystem.exists(reference))) {
    return yield* new CheckFailed({ detail: `${reference} does not exist: npm run docs` })
  }
  const pages = new Map(Array.from(yield* documents, ([file, text]) => [file, Links.page(text)]))
  for (const name of yield* fileSystem.readDirectory(reference, { recursive: true })) {
    const file = path.join(reference, name)
    if (file.endsWith(".md")) pages.set(file, Links.page(yield* fileSystem.readFileString(file)))
  }
  const broken: Array<string> = []
  let count = 0
  for (const [file, { links }] of pages) {
    for (const { line, target } of links) {
      const local = Links.local(target)
      if (local === undefined) continue
      count += 1
      const to = local.path === "" ? file : path.join(path.dirname(file), local.path)
      const page = pages.get(to)
      if (!(yield* fileSystem.exists(to))) broken.push(`${file}:${line}: no file ${to}`)
      else if (local.heading !== undefined && page?.headings.has(local.heading) === false) {
        broken.push(`${file}:${line}: no heading #${local.heading} in ${to}`)
      }
    }
  }
  if (broken.length > 0) return yield* new CheckFailed({ detail: `broken links:\n${broken.join("\n")}` })
  yield* Console.log(`${pages.size} documents: ${count} links between them lead somewhere`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
