/** The fake prints what the real tools printed, byte for byte, except for the parts that `Masking` removes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as FakeRig from "../transcripts/FakeRig.ts"
import * as Recordings from "../transcripts/Recordings.ts"
import { situations } from "../transcripts/Situations.ts"
import * as Transcript from "../transcripts/Transcript.ts"

for (const version of ["lts", "latest"] as const) {
  it.layer(Recordings.layer(version))(`transcripts of ${version}`, (it) => {
    for (const situation of situations) {
      it.effect(situation.name, () =>
        Effect.gen(function*() {
          const recordings = yield* Recordings.Recordings
          const recorded = recordings.get(situation.name)
          if (recorded === undefined) return assert.fail("was never recorded: npm run transcripts")
          const played = yield* Effect.provide(Transcript.record(situation), FakeRig.layer(version))
          assert.deepStrictEqual(played, recorded)
        }))
    }

    describe("recordings", () => {
      it.effect("names: are those of the situations, in their order", () =>
        Effect.gen(function*() {
          const recordings = yield* Recordings.Recordings
          assert.deepStrictEqual(Array.from(recordings.keys()), situations.map(({ name }) => name))
        }))
    })
  })
}
