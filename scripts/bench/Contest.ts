/** Several who do the same, in turn, so that whatever else the machine does befalls all of them. */
import * as Effect from "effect/Effect"

/**
 * `turn` does the work once and answers how long that took, in milliseconds; what it prepares and clears away is not to
 * be in it. `rounds`: for somebody slow, how many are enough.
 */
export interface Contestant<Name extends string, E, R> {
  readonly name: Name
  readonly turn: Effect.Effect<number, E, R>
  readonly rounds?: number | undefined
}

/** The measurements of each, after one round that does not count. Each round begins with another one. */
export const play = Effect.fnUntraced(function*<Name extends string, E, R>(
  rounds: number,
  contestants: ReadonlyArray<Contestant<Name, E, R>>
) {
  const measured = new Map<Name, Array<number>>(contestants.map(({ name }) => [name, []]))
  for (let round = -1; round < rounds; round++) {
    const first = (round + 1) % contestants.length
    for (
      const { name, rounds: enough = rounds, turn } of contestants.slice(first).concat(contestants.slice(0, first))
    ) {
      // A slow contestant needs no round to warm up.
      if (round >= enough || (round < 0 && enough < rounds)) continue
      const milliseconds = yield* turn
      if (round >= 0) measured.get(name)?.push(milliseconds)
    }
  }
  return (name: Name): ReadonlyArray<number> => measured.get(name) ?? []
})
