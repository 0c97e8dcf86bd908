/**
 * Looks for names that users import and that have no docstring: exports of the entry points, members of their interfaces and services,
 * and fields of their schemas. It fails if there is one.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Console, Effect, FileSystem, Path, Schema } from "effect"
import { CheckFailed } from "./CheckFailed.ts"
import { missing } from "./prose/Docstrings.ts"
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
  const root = path.resolve(".")
  const { exports } = yield* Schema.decodeEffect(Manifest)(yield* fileSystem.readFileString("package.json"))
  const entries = Object.values(exports).flatMap((each) =>
    each === null || typeof each === "string"
      ? []
      : [path.join(root, each.types.replace("dist/", "src/").replace(".d.ts", ".ts"))]
  )
  const [project] = yield* projects
  if (project === undefined) return yield* new CheckFailed({ detail: "tsconfig.json has no project" })

  const found = missing(project, entries).map(({ file, line, name }) => `${path.relative(root, file)}:${line}: ${name}`)
  if (found.length > 0) return yield* new CheckFailed({ detail: `no docstring:\n${found.join("\n")}` })
  yield* Console.log("docstrings: complete")
})

program.pipe(Effect.scoped, Effect.provide(NodeServices.layer), NodeRuntime.runMain)
