/**
 * The clusters of a submission, each of which has a part of its copies.
 */
import type { Origin } from "../../../condor/JobAd.ts"

/**
 * `count` copies, starting with number `first`.
 */
export interface CopyRange {
  readonly first: number
  readonly count: number
}

/**
 * A cluster, and the copies that it was submitted with.
 */
export interface ClusterRange extends CopyRange {
  readonly cluster: number
}

// A schedd takes far fewer. A user who may edit a job's ad may write any number there.
const most = 1_000_000

/**
 * The number of copies of a submission, from the ad of one of its jobs. Undefined if the ad lacks it, or has a number that no
 * submission can have.
 */
export const copiesOf = ({ EffectCECopies: copies }: Pick<Origin, "EffectCECopies">): number | undefined =>
  copies !== undefined && copies > 0 && copies <= most ? copies : undefined

/**
 * The number of the copy that a job is, from its ad.
 */
export const copyOf = ({ EffectCECopy: copy }: Pick<Origin, "EffectCECopy">): number | undefined =>
  copy !== undefined && copy >= 0 && copy < most ? copy : undefined

/**
 * The copies of a cluster, from the ad of any of its jobs. One transaction puts all jobs of a cluster into the queue, so one ad
 * is enough. Undefined if the ad lacks the numbers.
 */
export const fromAd = (ad: Origin): ClusterRange | undefined => {
  const { ClusterId: cluster, ProcId, TotalSubmitProcs } = ad
  const [count, copy] = [TotalSubmitProcs ?? copiesOf(ad), copyOf(ad)]
  return copy === undefined || count === undefined || copy < ProcId || count < 1 || count > most
    ? undefined
    : { cluster, first: copy - ProcId, count }
}

const end = ({ count, first }: CopyRange): number => first + count

/**
 * Whether a job is one of the copies of a range.
 */
export const holds = (range: CopyRange, { EffectCECopy: copy }: Pick<Origin, "EffectCECopy">): boolean =>
  copy !== undefined && copy >= range.first && copy < end(range)

/**
 * Whether two ranges are the same copies.
 */
export const isSame = (one: CopyRange, other: CopyRange): boolean =>
  one.first === other.first && one.count === other.count

const inOrder = <R extends CopyRange>(ranges: Iterable<R>): Array<R> =>
  Array.from(ranges).toSorted((a, b) => a.first - b.first)

/**
 * The copies, of `copies` in total, that are in none of the ranges.
 */
export const gaps = (ranges: Iterable<CopyRange>, copies: number): Array<CopyRange> => {
  const found: Array<CopyRange> = []
  let next = 0
  for (const range of [...inOrder(ranges), { first: copies, count: 0 }]) {
    if (range.first > next) found.push({ first: next, count: Math.min(range.first, copies) - next })
    next = Math.max(next, end(range))
  }
  return found.filter(({ count }) => count > 0)
}

/**
 * Whether a copy is in more than one range.
 */
export const overlap = (ranges: Iterable<CopyRange>): boolean =>
  inOrder(ranges).some((range, index, all) => {
    const next = all[index + 1]
    return next !== undefined && next.first < end(range)
  })

/**
 * Divides ranges into ranges of at most `size` copies.
 */
export const split = (ranges: Iterable<CopyRange>, size: number): Array<CopyRange> =>
  Array.from(ranges).flatMap(({ count, first }) =>
    Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
      first: first + index * size,
      count: Math.min(size, count - index * size)
    }))
  )
