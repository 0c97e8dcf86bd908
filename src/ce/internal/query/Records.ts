/**
 * What a schedd answers, record by record.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { JobRecord, PrintedAd } from "../../../condor/Schedd.ts"

/**
 * Gives each ad to `keep` as it arrives. The answer is how many records had no number: until then nothing is known for sure,
 * and least of all that a job is not there.
 */
export const each = <E>(
  records: Stream.Stream<JobRecord, E>,
  keep: (ad: PrintedAd) => void
): Effect.Effect<number, E> =>
  Effect.suspend(() => {
    let withoutNumber = 0
    return Stream.runForEachArray(records, (some) =>
      Effect.sync(() => {
        for (const record of some) {
          if (record === "WithoutNumber") withoutNumber++
          else keep(record)
        }
      })).pipe(Effect.map(() => withoutNumber))
  })
