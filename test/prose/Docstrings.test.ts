import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { API } from "typescript/unstable/sync"
import * as Docstrings from "../../scripts/prose/Docstrings.ts"

const module = `
declare const Schema: any, Context: any
/** Described. */
export const a = 1
/** @since 0.1.0 */
export const onlyTags = 1
/** Described. */
export interface Options {
  /** Described. */
  readonly one: number
  readonly two: number
}
/** Described. */
export const Fields = Schema.Struct({
  /** Described. */
  one: 1,
  two: closed(2)
}).annotate({ title: "x" })
/** Described by an interface. */
export const Twice = Schema.Struct({ one: 1 })
export interface Twice {
  /** Described. */
  readonly one: number
}
/** Described. */
export class Service extends Context.Service<Service, {
  /** Described. */
  one(): void
  two(): void
}>()("key") {}
const closed = (value: number) => value
`

/** The names without a docstring in the package of an entry point that exports this module. */
const missingIn = Effect.fnUntraced(function*(text: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped()
  yield* fileSystem.writeFileString(`${directory}/Module.ts`, text)
  yield* fileSystem.writeFileString(
    `${directory}/index.ts`,
    "/** Described. */\nexport * as Module from \"./Module.ts\"\n"
  )
  yield* fileSystem.writeFileString(
    `${directory}/tsconfig.json`,
    `{ "compilerOptions": { "allowImportingTsExtensions": true, "noEmit": true }, "files": ["index.ts"] }`
  )
  const api = yield* Effect.acquireRelease(
    Effect.sync(() => new API({ cwd: directory })),
    (api) => Effect.sync(() => api.close())
  )
  const project = api.updateSnapshot({ openProjects: ["tsconfig.json"] }).getProjects()[0]
  return project === undefined ? [] : Docstrings.missing(project, [`${directory}/index.ts`])
}, Effect.scoped)

describe("Docstrings", () => {
  it.live("finds exports, members, fields and operations without one", () =>
    Effect.gen(function*() {
      const found = yield* missingIn(module)
      assert.deepStrictEqual(
        found.map(({ line, name }) => [line, name]),
        [[6, "onlyTags"], [11, "Options.two"], [17, "Fields.two"], [29, "Service.two"]]
      )
    }).pipe(Effect.provide(NodeServices.layer)))
})
