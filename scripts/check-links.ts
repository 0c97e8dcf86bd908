/** Checks the links between the documents: that the file exists, and that it has the heading. `npm run docs` comes first. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path, Schema } from "effect"
import { ChildProcess, ChildProcessSpawner } from "effect/process"
import * as Links from "./prose/Links.ts"

class LinkBroken extends Schema.TaggedError<LinkBroken>()("LinkBroken", { detail: Schema.String }) {
  override get message(): string {
    return this.detail
  }
}

const generated = "docs/api"

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const written = yield* spawner.lines(
    ChildProcess.make("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])
  )
  if (!(yield* fileSystem.exists(generated))) {
    return yield* new LinkBroken({ detail: `${generated} does not exist: npm run docs` })
  }
  const reference = (yield* fileSystem.readDirectory(generated, { recursive: true })).filter((file) =>
    file.endsWith(".md")
  )
  const pages = new Map<string, Links.Page>()
  for (const file of [...written, ...reference.map((name) => path.join(generated, name))]) {
    if (yield* fileSystem.exists(file)) pages.set(file, Links.page(yield* fileSystem.readFileString(file)))
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
  if (broken.length > 0) return yield* new LinkBroken({ detail: `broken links:\n${broken.join("\n")}` })
  yield* Console.log(`${pages.size} documents: ${count} links between them lead somewhere`)
})

program.pipe(Effect.provide(NodeServices.layer), NodeRuntime.runMain)
