/** The interface of a benchmark, and of its results. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Profile } from "./Recorder.ts"
import type * as Scene from "./Scene.ts"
import { ratios, type Spread, spread } from "./Statistics.ts"

/**
 * How much is to be measured.
 *
 * - `rounds`: so many, or what the benchmark itself takes for enough; `few`: of somebody slow, not more than that
 * - `sized`: a size that the issue names, or a part of it
 */
export class Amount extends Context.Service<Amount, {
  rounds(enough: number): number
  few(enough: number): number
  sized(full: number): number
}>()("scripts/bench/Amount") {}

/** At most, or at least, so much. */
export type Target = { readonly atMost: number } | { readonly atLeast: number }

/** One line of the table. `value` is what the target is about. */
export interface Line {
  readonly work: string
  readonly than: string
  readonly unit: string
  readonly ours?: Spread | undefined
  readonly theirs?: Spread | undefined
  readonly value: Spread
  readonly target?: Target | undefined
  readonly profile?: Profile | undefined
  readonly samples?: Readonly<Record<string, ReadonlyArray<number>>> | undefined
}

/** `R`: the services that it needs. Default: the CE. */
export interface Benchmark<R = Scene.Needs> {
  readonly name: string
  readonly run: Effect.Effect<ReadonlyArray<Line>, unknown, Amount | R>
}

/** Whether a target is met; of a line without one, nothing. */
export const isMet = ({ target, value: { median } }: Pick<Line, "target" | "value">): boolean | undefined =>
  target === undefined ? undefined : "atMost" in target ? median <= target.atMost : median >= target.atLeast

/** Ours against another, as a ratio of times: `ours / theirs`, or how many times faster we are. */
export const compare = (
  line: Pick<Line, "work" | "than" | "profile" | "target">,
  ours: ReadonlyArray<number>,
  theirs: ReadonlyArray<number>
): Line => ({
  ...line,
  unit: line.target !== undefined && "atLeast" in line.target ? "x faster" : "x",
  ours: spread(ours),
  theirs: spread(theirs),
  value: spread(
    line.target !== undefined && "atLeast" in line.target
      ? ratios(theirs, ours.slice(0, theirs.length))
      : ratios(ours, theirs)
  ),
  samples: { ours, theirs }
})
