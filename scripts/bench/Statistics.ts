/** The middle of some measurements, and how far they spread. */

export interface Spread {
  readonly median: number
  readonly lower: number
  readonly upper: number
}

const quantile = (sorted: ReadonlyArray<number>, share: number): number => {
  const place = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN]
  return below + (above - below) * (place - Math.floor(place))
}

/** The median and the quartiles; of nothing, `NaN`. */
export const spread = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.toSorted((left, right) => left - right)
  return { median: quantile(sorted, 0.5), lower: quantile(sorted, 0.25), upper: quantile(sorted, 0.75) }
}

/** The ratios of measurements that were made one after the other, round by round. */
export const ratios = (ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>): Array<number> =>
  ours.slice(0, theirs.length).map((value, round) => value / (theirs[round] ?? Number.NaN))

/** The exponent with which a time grows: 1 where it is linear in the size. */
export const growth = (
  small: { readonly size: number; readonly time: number },
  large: { readonly size: number; readonly time: number }
): number => Math.log(large.time / small.time) / Math.log(large.size / small.size)
