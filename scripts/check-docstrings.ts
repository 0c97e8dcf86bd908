/**
 * Looks for names that users import and that have no docstring: exports of the entry points, members of their interfaces and services,
 * and fields of their schemas. Modules that are in `prose/NotDocumented.ts` are counted; everything else must be complete.
 *
 * `--list` prints every name without one.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path, Schema, Stdio } from "effect"
import { CheckFailed } from "./CheckFailed.ts"
import { missing } from "./prose/Docstrings.ts"
import { notDocumented } from "./prose/NotDocumented.ts"
import { projects } from "./prose/Repository.ts"

const Manifest = Schema.fromJsonString(
  Schema.Struct({
    exports: Schema.Record(
      Schema.String,
      Schema.NullOr(Schema.Union([Schema.String, Schema.Struct({ types: Schema.String })]))
    )
  })
)

const program = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const stdio = yield* Stdio.Stdio
  const args = yield* stdio.args
  const root = path.resolve(".")
  const { exports } = yield* Schema.decodeEffect(Manifest)(yield* fileSystem.readFileString("package.json"))
  const entries = Object.values(exports).flatMap((each) =>
    each === null || typeof each === "string"
      ? []
      : [path.join(root, each.types.replace("dist/", "src/").replace(".d.ts", ".ts"))]
  )
  const [project] = yield* projects
  if (project === undefined) return yield* new CheckFailed({ detail: "tsconfig.json has no project" })

  const found = missing(project, entries).map(({ file, line, name }) => ({
    file: path.relative(root, file),
    line,
    name
  }))
  const line = ({ file, line, name }: typeof found[number]) => `${file}:${line}: ${name}`
  if (args.includes("--list")) yield* Console.log(found.map(line).join("\n"))
  const stale = notDocumented.filter((file) => !found.some((each) => each.file === file))
  const others = found.filter((each) => !notDocumented.includes(each.file))
  if (stale.length > 0) {
    return yield* new CheckFailed({
      detail: `complete by now, take it from scripts/prose/NotDocumented.ts: ${stale.join(", ")}`
    })
  }
  if (others.length > 0) return yield* new CheckFailed({ detail: `no docstring:\n${others.map(line).join("\n")}` })
  yield* Console.log(
    `docstrings: complete, but for ${found.length} names in the ${notDocumented.length} modules of scripts/prose/NotDocumented.ts`
  )
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
