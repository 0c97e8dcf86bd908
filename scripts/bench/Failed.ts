/** Why a benchmark has no result. */
import * as Schema from "effect/Schema"

/** The comparison cannot be made. */
export class BenchFailed extends Schema.TaggedError<BenchFailed>("scripts/bench/BenchFailed")("BenchFailed", {
  message: Schema.String
}) {}

export const fail = (message: string) => new BenchFailed({ message })
