/** The texts that an editor shows: TypeScript's language server hovers over the names of `CallSite.ts`. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { fileURLToPath, pathToFileURL } from "node:url"
import * as LanguageServer from "./LanguageServer.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const file = fileURLToPath(new URL("CallSite.ts", import.meta.url))

/** The place of a name, as text with `|` before it, and a part of its docstring. */
const hovers: ReadonlyArray<readonly [string, string]> = [
  ["HTCondorCE.|layer(", "The backend for one HTCondor-CE"],
  ["|endpoint:", "Default port: 9619"],
  ["|token: \"IdToken\"", "`SciToken`"],
  ["|proxy:", "X.509 proxy certificate"],
  ["|maxConcurrent:", "Default: 4"],
  ["|historyDepth:", "Default: 20,000"],
  ["|limits:", "output of jobs"],
  ["|maxBytes:", "Default: 1 GiB"],
  ["ScheddTransport.|layer(", "command-line tools"],
  ["Credential.|layerFiles(", "credentials in files"],
  ["|executable:", "path of the payload"],
  ["|inputs:", "working directory"],
  ["|source:", "URL"],
  ["|outputs:", "hold code 12"],
  ["|environment: { SITE", "The site can read them"],
  ["|resources:", "resources of one copy"],
  ["|memoryMiB:", "MiB"],
  ["|wallTimeSeconds:", "seconds"],
  ["|environment: { PILOT", "override those of the spec"],
  ["|secrets:", "mode 0600"],
  ["Capability.|Submitter", "Submits one payload in many copies"],
  ["submitter.|submit(", "idempotent in its key"],
  ["copies, { |key }", "Store it before you submit"],
  ["submitter.|reconcile(", "changes nothing"],
  ["({ |endpoint, retry", "the submit host of the route"],
  ["submitter.|withdraw(", "purges the completed ones"],
  ["reporter.|status(", "one outcome per handle"],
  ["reporter.|watch(", "then its changes"],
  ["({ |handle, outcome", "as the caller named it"],
  ["reporter.|waitFor(", "Waits until the condition holds"],
  ["|until:", "the payload has started"],
  ["retriever.|fetch(", "From then on the answer is `AlreadyRetrieved`"],
  ["cancellable.|cancel(", "`AlreadyFinished`"],
  ["ComputeElements.|layer", "The backend for all CEs of a directory"]
]

describe("hovering", () => {
  it.live("shows the docstring of what a program calls, configures and submits", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const text = yield* fileSystem.readFileString(file)
      const server = yield* LanguageServer.make(root)
      const uri = pathToFileURL(file).href
      yield* server.open(uri, text)
      const missing: Array<string> = []
      for (const [place, words] of hovers) {
        const offset = text.indexOf(place.replace("|", "")) + place.indexOf("|")
        const before = text.slice(0, offset).split("\n")
        const shown = yield* server.hover(uri, before.length - 1, before.at(-1)?.length ?? 0)
        if (!shown.replaceAll(/\s+/g, " ").includes(words)) {
          missing.push(`${place}: ${JSON.stringify(words)} is not in ${shown.slice(0, 300)}`)
        }
      }
      assert.deepStrictEqual(missing, [])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 60_000)
})
