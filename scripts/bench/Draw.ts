/** Writes the charts of a run. */
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Charts from "./Charts.ts"

/** Writes a file for each chart that has figures. */
export const write = Effect.fnUntraced(function*(lines: ReadonlyArray<Charts.Line>, directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  yield* fileSystem.makeDirectory(directory, { recursive: true })
  const charts = { contests: Charts.contests(lines), growth: Charts.growth(lines) }
  for (const [name, svg] of Object.entries(charts)) {
    if (svg === undefined) continue
    yield* fileSystem.writeFileString(`${directory}/${name}.svg`, svg)
    yield* Console.error(`${directory}/${name}.svg`)
  }
})
