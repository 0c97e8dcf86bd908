/** The answers of the real tools, which `scripts/record-transcripts.ts` recorded. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import { Transcript } from "./Transcript.ts"

const decode = Schema.decodeEffect(Schema.fromJsonString(Schema.Array(Transcript)))

const fileOf = (version: string) => Effect.map(Path.Path, (path) => path.join(import.meta.dirname, `${version}.json`))

/** The recordings of one version, by the names of their situations. */
export class Recordings extends Context.Service<Recordings, ReadonlyMap<string, Transcript>>()(
  "test/transcripts/Recordings"
) {}

export const layer = (version: string) =>
  Layer.effect(
    Recordings,
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const transcripts = yield* decode(yield* fileSystem.readFileString(yield* fileOf(version)))
      return new Map(transcripts.map((transcript) => [transcript.name, transcript]))
    })
  ).pipe(Layer.provide(NodeServices.layer))

/** Replaces the recordings of one version. */
export const save = Effect.fnUntraced(function*(version: string, transcripts: ReadonlyArray<Transcript>) {
  const fileSystem = yield* FileSystem.FileSystem
  yield* fileSystem.writeFileString(yield* fileOf(version), `${JSON.stringify(transcripts, undefined, 2)}\n`)
})
