/** Checks that the recordings for the fake are still true: repeats those that need no running job. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as RealRig from "../transcripts/RealRig.ts"
import * as Recordings from "../transcripts/Recordings.ts"
import { situations } from "../transcripts/Situations.ts"
import * as Transcript from "../transcripts/Transcript.ts"
import * as Share from "./Share.ts"
import { versions } from "./Stack.ts"

for (const version of versions) {
  // The versions share the situations. A short run repeats half of them.
  const quick = situations.filter(Transcript.isQuick).filter((_, index) => Share.hasSample(version, index, 2))
  it.layer(Layer.merge(RealRig.layer(version), Recordings.layer(version)), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`transcripts of ${version}`, (it) => {
    it.effect(`${quick.length} of ${situations.length} situations: are as they were recorded`, () =>
      Effect.gen(function*() {
        const recordings = yield* Recordings.Recordings
        for (const transcript of yield* Transcript.recordAll(quick)) {
          assert.deepStrictEqual(transcript, recordings.get(transcript.name))
        }
      }))
  })
}
