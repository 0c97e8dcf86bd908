/**
 * Reads the answer of a schedd, record by record.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { JobRecord, PrintedAd } from "../../../condor/Schedd.ts"

/**
 * Passes each ad to `keep` as it arrives. Returns how many records had no job id. Until it returns, no conclusion is safe, least
 * of all that a job is absent.
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
