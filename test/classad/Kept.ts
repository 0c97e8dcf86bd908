/** The expressions that HTCondor and this library once evaluated differently, with HTCondor's value. */
import { Effect, FileSystem, Path, Schema } from "effect"

const Regression = Schema.Struct({
  my: Schema.String,
  target: Schema.NullOr(Schema.String),
  expr: Schema.String,
  value: Schema.Union([Schema.Literal("refused"), Schema.Tuple([Schema.String, Schema.String])]),
  /** The seed of the run that found it, if it was recorded. */
  seed: Schema.optionalKey(Schema.Int)
})
export type Regression = typeof Regression.Type

const Regressions = Schema.fromJsonString(Schema.Array(Regression))

export type Version = "lts" | "latest"

const fileOf = (version: Version) =>
  Effect.map(Path.Path, (path) => path.join(import.meta.dirname, "regressions", `${version}.json`))

export const read = Effect.fnUntraced(function*(version: Version) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* Schema.decodeUnknownEffect(Regressions)(yield* fileSystem.readFileString(yield* fileOf(version)))
})

/** A value on one line, or on three lines if it is too long. */
const shownOf = (value: Regression["value"]): string => {
  if (value === "refused") return JSON.stringify(value)
  const texts = value.map((text) => JSON.stringify(text))
  const line = `[${texts.join(", ")}]`
  return line.length <= 106 ? line : `[\n      ${texts.join(",\n      ")}\n    ]`
}

const entry = ({ expr, my, seed, target, value }: Regression): string => {
  const fields = [
    `"my": ${JSON.stringify(my)}`,
    `"target": ${JSON.stringify(target)}`,
    `"expr": ${JSON.stringify(expr)}`,
    `"value": ${shownOf(value)}`,
    ...(seed === undefined ? [] : [`"seed": ${seed}`])
  ]
  return `  {\n${fields.map((field) => `    ${field}`).join(",\n")}\n  }`
}

/** Writes the expressions in the layout of the formatter. */
export const write = Effect.fnUntraced(function*(version: Version, all: ReadonlyArray<Regression>) {
  const fileSystem = yield* FileSystem.FileSystem
  const text = all.length === 0 ? "[]\n" : `[\n${all.map(entry).join(",\n")}\n]\n`
  yield* fileSystem.writeFileString(yield* fileOf(version), text)
})
