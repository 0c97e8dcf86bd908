/** The directions of imports in src, held by reading them. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, Path } from "effect"

interface Source {
  /** Relative to src, for example "ce/Submit.ts". */
  readonly file: string
  readonly text: string
}

/** What the modules of a directory may import: other directories of src, and packages. */
const rules: Readonly<Record<string, { readonly from: ReadonlyArray<string>; readonly packages: RegExp }>> = {
  "": { from: ["ce", "condor", "contract"], packages: /^(?!)/ },
  classad: { from: [], packages: /^effect\// },
  condor: { from: ["classad"], packages: /^effect\// },
  contract: { from: [], packages: /^effect\// },
  ce: { from: ["condor", "classad", "contract"], packages: /^effect\// },
  testing: { from: ["contract", "condor", "classad"], packages: /^effect\// },
  cli: {
    from: ["ce", "condor", "classad", "contract"],
    packages: /^(?:effect\/|@effect\/platform-node\/|node:process$)/
  }
}

/** What starts processes: the tools, and the look whether a program can run them, the jobs of the embedded schedd, and `sync`. */
const starters: ReadonlyArray<string> = [
  "ce/StableStorage.ts",
  "condor/CondorTool.ts",
  "condor/Wrapper.ts",
  "testing/fake/Processes.ts"
]

/** What no package of Effect can do: one module each, and no other. */
const natives: Readonly<Record<string, string>> = {
  "ce/diagnosis/Addresses.ts": "node:dns/promises",
  "ce/FreeSpace.ts": "node:fs/promises",
  "ce/PayloadDigest.ts": "node:crypto",
  "ce/ProxyCertificate.ts": "node:crypto",
  "ce/TokenClaims.ts": "jose/jwt/decode",
  "ce/Tree.ts": "node:fs/promises",
  "condor/Pipe.ts": "node:diagnostics_channel",
  "testing/fake/Proxy.ts": "node:crypto"
}

// Those that import their native module where it is needed.
const withCalls: ReadonlySet<string> = new Set([
  "ce/diagnosis/Addresses.ts",
  "ce/FreeSpace.ts",
  "ce/Tree.ts",
  "cli/main.ts",
  "condor/Pipe.ts"
])

// Comments hold examples, with imports of their own.
const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "")

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

const importsOf = (text: string): Array<Import> => {
  const code = withoutComments(text)
  const statements = code.matchAll(/\b(import|export)(\s+type)?\s+(?:[\w$*{][^;"'`]*?\bfrom\s*)?["']([^"']+)["']/g)
  const calls = code.matchAll(/\b(?:import|require)\s*\(\s*["'`]([^"'`]*)["'`]/g)
  return [
    ...Array.from(statements, ([, , type, specifier = ""]) => ({ specifier, typeOnly: type !== undefined })),
    ...Array.from(calls, ([, specifier = ""]) => ({ specifier, typeOnly: false }))
  ]
}

const directoryOf = (file: string): string => file.includes("/") ? file.slice(0, file.indexOf("/")) : ""

/** What is wrong with the imports of one source. */
const violations = ({ file, text }: Source): Array<string> => {
  const directory = directoryOf(file)
  const rule = rules[directory]
  if (rule === undefined) return [`${file}: nothing says what ${directory}/ may import`]
  return importsOf(text).flatMap(({ specifier, typeOnly }) => {
    const wrong = (why: string) => [`${file}: "${specifier}" ${why}`]
    if (specifier.startsWith(".")) {
      if (!specifier.endsWith(".ts")) return wrong("is relative and does not end in .ts")
      const target = new URL(specifier, `file:///src/${file}`).pathname
      if (!target.startsWith("/src/")) return wrong("is outside of src")
      const other = directoryOf(target.slice("/src/".length))
      return other === directory || rule.from.includes(other) ? [] : wrong(`may not be imported by ${directory}/`)
    }
    if (specifier === "effect") return wrong("is the barrel: import the module")
    if (specifier.startsWith("effect/process") && !typeOnly && !starters.includes(file)) {
      return wrong("is for condor/CondorTool.ts and testing/fake/Processes.ts alone")
    }
    return rule.packages.test(specifier) || natives[file] === specifier
      ? []
      : wrong(`may not be imported by ${directory}/`)
  })
}

const sources = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = path.join(import.meta.dirname, "..", "src")
  const files = (yield* fileSystem.readDirectory(root, { recursive: true })).filter((file) => file.endsWith(".ts"))
  return yield* Effect.forEach(
    files.toSorted(),
    (file) => Effect.map(fileSystem.readFileString(path.join(root, file)), (text): Source => ({ file, text })),
    { concurrency: 16 }
  )
}).pipe(Effect.provide(NodeServices.layer))

describe("imports of src", () => {
  it.effect("go in the directions of the design", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual((yield* sources).flatMap(violations), [])
    }))

  it.effect("are all seen by this test", () =>
    Effect.gen(function*() {
      const all = yield* sources
      assert.isAbove(all.length, 30)
      for (const { file, text } of all) {
        const seen = importsOf(text).length
        const lines = withoutComments(text).match(/\bfrom "[^"\n]+"$/gm)?.length ?? 0
        assert.strictEqual(seen, lines + (withCalls.has(file) ? 1 : 0), file)
      }
      const tool = all.find(({ file }) => file === "condor/CondorTool.ts")
      assert.includeMembers(importsOf(tool?.text ?? "").map(({ specifier }) => specifier), [
        "effect/process/ChildProcess",
        "effect/Effect"
      ])
      const process = all.filter(({ text }) =>
        importsOf(text).some(({ specifier, typeOnly }) => specifier.startsWith("effect/process") && !typeOnly)
      )
      assert.deepStrictEqual(process.map(({ file }) => file), starters)
    }))

  it.effect("a bad import, planted into each file of src, is found", () =>
    Effect.gen(function*() {
      for (const { file, text } of yield* sources) {
        const planted = violations({ file, text: `${text}\nimport { Effect } from "effect"\n` })
        assert.deepStrictEqual(planted, [`${file}: "effect" is the barrel: import the module`])
      }
    }))

  it.each([
    ["condor/JobId.ts", `import { JobHandle } from "../contract/JobHandle.ts"`],
    ["condor/JobId.ts", `import type { JobHandle } from "../contract/JobHandle.ts"`],
    ["condor/JobId.ts", `import * as Submit from "../ce/Submit.ts"`],
    ["contract/JobHandle.ts", `import { JobId } from "../condor/JobId.ts"`],
    ["contract/JobHandle.ts", `export * from "../condor/JobId.ts"`],
    ["contract/JobHandle.ts", `export * as Testing from "../testing/index.ts"`],
    ["contract/JobHandle.ts", `import "../ce/Submit.ts"`],
    ["ce/Submit.ts", `import { main } from "../cli/Cli.ts"`],
    ["ce/Submit.ts", `import * as Harness from "../testing/Harness.ts"`],
    ["ce/Submit.ts", `import * as Index from "../index.ts"`],
    ["testing/Harness.ts", `import * as HTCondorCE from "../ce/HTCondorCE.ts"`],
    ["testing/internal/kit.ts", `import * as HTCondorCE from "../../ce/HTCondorCE.ts"`],
    ["classad/Expr.ts", `import { JobId } from "../condor/JobId.ts"`],
    ["index.ts", `export * as Cli from "./cli/Cli.ts"`],
    ["index.ts", `import * as Effect from "effect/Effect"`],
    ["ce/Submit.ts", `import { JobId } from "../condor/JobId"`],
    ["ce/Submit.ts", `import { JobId } from "../condor/JobId.js"`],
    ["ce/Submit.ts", `import * as Package from "../../package.json"`],
    ["ce/Submit.ts", `import * as Test from "../../test/Stack.ts"`],
    ["ce/Submit.ts", `import { Effect } from "effect"`],
    ["ce/Submit.ts", `import type { Effect } from "effect"`],
    ["ce/Submit.ts", `import {\n  Effect,\n  Schema\n} from "effect"`],
    ["ce/Submit.ts", `import * as ChildProcess from "effect/process/ChildProcess"`],
    ["ce/Submit.ts", `import { type ChildProcess, make } from "effect/process/ChildProcess"`],
    ["ce/Submit.ts", `import * as FileSystem from "node:fs"`],
    ["ce/Submit.ts", `import { spawn } from 'child_process'`],
    ["ce/Submit.ts", `import * as NodeServices from "@effect/platform-node/NodeServices"`],
    ["ce/Submit.ts", `const fs = await import("node:fs")`],
    ["ce/Submit.ts", `const fs = await import("node:fs/promises")`],
    ["ce/FreeSpace.ts", `const fs = await import("node:fs")`],
    ["ce/Submit.ts", `const fs = require("fs")`],
    ["cli/main.ts", `import * as FileSystem from "node:fs"`],
    ["cli/main.ts", `import * as Harness from "../testing/Harness.ts"`],
    ["elsewhere/New.ts", `import * as Effect from "effect/Effect"`]
  ])("%s: %s is found", (file, text) => {
    assert.strictEqual(violations({ file, text }).length, 1)
  })

  it.each([
    ["ce/Submit.ts", `import * as Effect from "effect/Effect"`],
    ["ce/Submit.ts", `import type { Submitter } from "../contract/Capability.ts"`],
    ["ce/Submit.ts", `import * as ToolOutput from "../condor/ToolOutput.ts"`],
    ["ce/Submit.ts", `import * as Config from "./Config.ts"`],
    ["ce/Submit.ts", `/** import { Effect } from "effect" */`],
    ["ce/Submit.ts", `// import { Effect } from "effect"`],
    ["condor/CondorTool.ts", `import * as ChildProcess from "effect/process/ChildProcess"`],
    ["cli/Connection.ts", `import type * as Spawner from "effect/process/ChildProcessSpawner"`],
    ["cli/main.ts", `import * as NodeServices from "@effect/platform-node/NodeServices"`],
    ["testing/internal/kit.ts", `import { JobHandle } from "../../contract/JobHandle.ts"`]
  ])("%s: %s is allowed", (file, text) => {
    assert.deepStrictEqual(violations({ file, text }), [])
  })
})
