/**
 * Constraints in the ClassAd language that pick jobs, kept shallow enough for every gateway.
 *
 * @since 0.1.0
 */
import type { JobId } from "./JobId.ts"

/**
 * How many numbers of clusters a list of words may have: a schedd makes a chain of `||` of them.
 *
 * **Details**
 *
 * A gateway of 25.13 or later answers nothing, with exit code 0, once an expression is about 397 levels deep (HTCondor's
 * `RecursionGuard`, `src/classad`).
 *
 * @category constants
 * @since 0.1.0
 */
export const maxClusters = 100

/**
 * How many jobs one constraint may name.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxJobs = 10_000

/**
 * How long a constraint may be, in characters.
 *
 * **Details**
 *
 * A schedd refuses a question to its history whose arguments have more than 100,000 characters ("Arguments to remote
 * history query are too long"), and it counts a constraint as it writes it itself, which is a quarter longer.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxLength = 60_000

/**
 * A ClassAd string literal in the old syntax, where only `\"` is special; `undefined` for text that it cannot carry.
 *
 * @category converting
 * @since 0.1.0
 */
export const stringLiteral = (text: string): string | undefined =>
  /[\u0000-\u001f\u007f]|\\$|\\"/.test(text) ? undefined : `"${text.replaceAll("\"", "\\\"")}"`

type Condition = (id: JobId) => string

// What the jobs of one term of a constraint have in common.
const headOf = (cluster: number, condition: string | undefined): string =>
  condition === undefined ? `ClusterId == ${cluster}` : `ClusterId == ${cluster} && ${condition}`

// Jobs by what they have in common, in the order of their numbers, each once.
const grouped = (ids: Iterable<JobId>, condition: Condition | undefined): Map<string, Array<JobId>> => {
  const groups = new Map<string, Array<JobId>>()
  let [cluster, wanted, group]: [number, string | undefined, Array<JobId>] = [-1, undefined, []]
  for (const id of Array.from(ids).toSorted((a, b) => a.cluster - b.cluster || a.proc - b.proc)) {
    const own = condition?.(id)
    // Neighbours have most in common, and thousands of heads need not be written to see that.
    if (id.cluster !== cluster || own !== wanted) {
      const head = headOf(id.cluster, own)
      ;[cluster, wanted, group] = [id.cluster, own, groups.get(head) ?? []]
      groups.set(head, group)
    }
    if (group.at(-1)?.proc !== id.proc) group.push(id)
  }
  return groups
}

// A schedd evaluates a constraint for each job in its queue, and reads lists and chains from end to end. Longer ones are
// made trees, of which it follows one branch.
const maxListed = 32
const maxChained = 16

const halves = <A>(items: ReadonlyArray<A>): [ReadonlyArray<A>, ReadonlyArray<A>] => {
  const middle = Math.ceil(items.length / 2)
  return [items.slice(0, middle), items.slice(middle)]
}

const procsOf = (procs: ReadonlyArray<number>): string => {
  const [first = -1, last = first] = [procs[0], procs.at(-1)]
  if (procs.length === 1) return `ProcId == ${first}`
  if (procs.length > 4 && last - first === procs.length - 1) return `ProcId >= ${first} && ProcId <= ${last}`
  if (procs.length <= maxListed) return `member(ProcId,{${procs.join(",")}})`
  const [low, high] = halves(procs)
  return `(ProcId < ${high[0]} ? ${procsOf(low)} : ${procsOf(high)})`
}

const termOf = (head: string, group: ReadonlyArray<JobId>): string =>
  `(${head} && ${procsOf(group.map((id) => id.proc))})`

/**
 * The disjunction of conditions that bind closer than `||`: not deep, however many there are.
 *
 * @category constructors
 * @since 0.1.0
 */
export const any = (terms: ReadonlyArray<string>): string =>
  `(${(terms.length <= maxChained ? terms : halves(terms).map(any)).join(" || ")})`

// The terms of neighbouring clusters.
interface Leaf {
  readonly first: number
  last: number
  readonly terms: Array<string>
}

const treeOf = (leaves: ReadonlyArray<Leaf>): string => {
  const [low, high] = halves(leaves)
  return high[0] === undefined
    ? any(low.flatMap((leaf) => leaf.terms))
    : `(ClusterId < ${high[0].first} ? ${treeOf(low)} : ${treeOf(high)})`
}

// What a term costs beyond its own length: " || ", and its share of the tree.
const joint = 10

/**
 * Splits job numbers into groups that one constraint can name, each number once, jobs with the same cluster and condition
 * together while they fit.
 *
 * @category combinators
 * @since 0.1.0
 */
export const chunks = (ids: Iterable<JobId>, condition?: Condition, atMost = maxJobs): Array<Array<JobId>> => {
  const result: Array<Array<JobId>> = []
  let room = 0
  const put = (head: string, group: ReadonlyArray<JobId>) => {
    const length = termOf(head, group).length + joint
    if (group.length > 1 && (length > maxLength || group.length > atMost)) {
      for (const half of halves(group)) put(head, half)
      return
    }
    const current = result.at(-1)
    if (current === undefined || length > room || current.length + group.length > atMost) {
      result.push([...group])
      room = maxLength - length
    } else {
      current.push(...group)
      room -= length
    }
  }
  for (const [head, group] of grouped(ids, condition)) put(head, group)
  return result
}

/**
 * `((ClusterId == 7 && member(ProcId,{0,1})) || (ClusterId == 9 && ProcId == 3))`: picks just these jobs.
 *
 * **Details**
 *
 * With `condition`, a job must also satisfy the expression that it gives for the job's number. However many jobs there
 * are, the expression is not deep, and costs a schedd little for each job of its queue: 5,000 numbers in one `member()`
 * take it ten times as long.
 *
 * **Gotchas**
 *
 * For more jobs than one constraint should name, use {@link chunks} first. For none the constraint is not `false`, which
 * `condor_q` takes for no constraint at all.
 *
 * @category constructors
 * @since 0.1.0
 */
export const jobs = (ids: Iterable<JobId>, condition?: Condition): string => {
  const leaves: Array<Leaf> = []
  for (const [head, group] of grouped(ids, condition)) {
    const cluster = group[0]?.cluster ?? -1
    const leaf = leaves.at(-1)
    const term = termOf(head, group)
    if (leaf === undefined || leaf.terms.length >= maxChained && leaf.last !== cluster) {
      leaves.push({ first: cluster, last: cluster, terms: [term] })
    } else {
      leaf.terms.push(term)
      leaf.last = cluster
    }
  }
  return leaves.length === 0 ? "(ClusterId < 0)" : treeOf(leaves)
}

/**
 * The conjunction of conditions that are each whole expressions.
 *
 * @category combinators
 * @since 0.1.0
 */
export const all = (...conditions: ReadonlyArray<string>): string => conditions.map((one) => `(${one})`).join(" && ")
