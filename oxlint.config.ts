/** What the linter holds; the import rule of docs/architecture.md is the second half. */
import { defineConfig } from "oxlint"

interface Pattern {
  readonly regex: string
  readonly message: string
}

const everywhere: ReadonlyArray<Pattern> = [
  { regex: "^effect$", message: "Import the module of effect, not its barrel." },
  { regex: "^\\..*\\.js$", message: "Import the .ts file." },
  { regex: "^(?:\\.\\./)+index\\.ts$", message: "Import the module, not the barrel." },
  { regex: "^(?:\\.\\./)+(?:test|scripts|examples|docs)/", message: "src stands alone." }
]

const native: Pattern = {
  regex: "^node:|^(?:fs|child_process|net|os|path|crypto|process)$|^jose|^@effect/",
  message: "Only the modules that are named in oxlint.config.ts may."
}

const processes: Pattern = {
  regex: "^effect/process",
  message: "Only the modules that start processes may: they are named in oxlint.config.ts."
}

/** The folders that these files may not import from, types included. */
const downwards = (
  files: ReadonlyArray<string>,
  forbidden: ReadonlyArray<string>,
  others: ReadonlyArray<Pattern> = [native, processes]
) => ({
  files: [...files],
  rules: {
    "no-restricted-imports": ["error", {
      patterns: [
        ...everywhere,
        ...others,
        { regex: `/(?:${forbidden.join("|")})/`, message: "Imports point down: see docs/architecture.md." }
      ]
    }] as const
  }
})

const above = ["cli", "testing", "cluster"]
const verbs = ["submit", "status", "list", "fetch", "remove", "release", "diagnosis"]

// From what nothing imports down to what imports nothing.
const forbidden: Record<string, ReadonlyArray<string>> = {
  cluster: ["classad", "testing", "cli"],
  ce: above,
  ...Object.fromEntries(
    verbs.map((verb) => [`ce/internal/${verb}`, [...verbs.filter((other) => other !== verb), ...above]])
  ),
  "ce/internal/query": [...verbs, ...above],
  "ce/internal/credentials": ["query", ...verbs, ...above],
  testing: ["ce", "credentials", "cli", "cluster"],
  credentials: ["classad", "condor", "ce", ...above],
  condor: ["credentials", "ce", ...above],
  contract: ["classad", "condor", "credentials", "files", "ce", ...above],
  files: ["classad", "condor", "contract", "credentials", "ce", ...above],
  classad: ["condor", "contract", "credentials", "files", "ce", ...above]
}

// What no package of Effect can do, and what starts processes: one module each.
const exempt: Record<string, ReadonlyArray<Pattern>> = {
  "ce/ScheddTransport.ts": [native],
  "ce/internal/credentials/ProxyCertificate.ts": [processes],
  "ce/internal/credentials/TokenClaims.ts": [processes],
  "ce/internal/diagnosis/Addresses.ts": [processes],
  "ce/internal/submit/PayloadDigest.ts": [processes],
  "cluster/Cluster.ts": [processes],
  "cluster/internal/Mutual.ts": [processes],
  "cluster/internal/NodeSqlite.ts": [processes],
  "condor/tools/CondorTool.ts": [native],
  "condor/tools/Pipe.ts": [],
  "condor/tools/Wrapper.ts": [native],
  "files/CurrentUser.ts": [processes],
  "files/DurableFiles.ts": [native],
  "files/FreeSpace.ts": [processes],
  "files/Tree.ts": [processes],
  "testing/FakeSchedd.ts": [native],
  "testing/RemoteTools.ts": [processes],
  "testing/fake/Processes.ts": [native],
  "testing/fake/Proxy.ts": [processes]
}

// What is longer than a file or a function may be, because it is read in one piece.
const whole = {
  // The demonstration: its scenes, one after the other.
  "cli/demo/Story.ts": "max-lines-per-function",
  // One grammar, of which each rule refers to others.
  "classad/ExpressionParser.ts": "max-lines"
} as const

const lines = (max: number) => ["error", { max, skipComments: true, skipBlankLines: true }] as const

const folderOf = (file: string) =>
  Object.keys(forbidden).filter((folder) => file.startsWith(`${folder}/`)).toSorted((a, b) => b.length - a.length)[0] ??
    ""

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  rules: {
    "no-await-in-loop": "off",
    "no-console": "error",
    "no-restricted-globals": ["error", "setTimeout", "setInterval", "fetch", "process"],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/array-type": ["error", { default: "generic" }],
    "typescript/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "unicorn/consistent-function-scoping": "off",
    "no-shadow": "off",
    "no-underscore-dangle": "off",
    "no-control-regex": "off"
  },
  overrides: [
    ...Object.entries(forbidden).map(([folder, names]) => downwards([`src/${folder}/**`], names)),
    { files: ["src/**"], rules: { "max-lines": lines(300), "max-lines-per-function": lines(90) } },
    ...Object.entries(whole).map(([file, rule]) => ({ files: [`src/${file}`], rules: { [rule]: "off" as const } })),
    // The demo alone plays a compute element.
    downwards(["src/cli/*.ts"], ["testing", "cluster"], []),
    ...Object.entries(exempt).map(([file, others]) =>
      downwards([`src/${file}`], forbidden[folderOf(file)] ?? [], others)
    )
  ]
})
