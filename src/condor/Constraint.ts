/**
 * Constraints in the ClassAd language that select jobs. They are shallow enough for every gateway.
 *
 * @since 0.1.0
 */
import type { JobId } from "./JobId.ts"

/**
 * The largest number of clusters that a command line may name. A schedd makes a chain of `||` from them.
 *
 * **Details**
 *
 * A gateway of 25.13 or later gives an empty answer with exit code 0 if an expression is deeper than about 397 levels
 * (HTCondor's `RecursionGuard`, `src/classad`).
 *
 * @category constants
 * @since 0.1.0
 */
export const maxClusters = 100

/**
 * The largest number of jobs that one constraint may name.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxJobs = 10_000

/**
 * The largest length of a constraint, in characters.
 *
 * **Details**
 *
 * A schedd refuses a query of its history if the arguments have more than 100,000 characters ("Arguments to remote history
 * query are too long"). It counts the constraint in its own spelling, which is a quarter longer.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxLength = 60_000

/**
 * Writes a ClassAd string literal in the old syntax, in which only `\"` is special. It returns `undefined` for a text that a
 * literal cannot carry.
 *
 * @category converting
 * @since 0.1.0
 */
export const stringLiteral = (text: string): string | undefined =>
  /[\u0000-\u001f\u007f]|\\$|\\"/.test(text) ? undefined : `"${text.replaceAll("\"", "\\\"")}"`

type Condition = (id: JobId) => string

// The part of a term that its jobs share.
const headOf = (cluster: number, condition: string | undefined): string =>
  condition === undefined ? `ClusterId == ${cluster}` : `ClusterId == ${cluster} && ${condition}`

// The jobs by the part that they share, in the order of their numbers, each once.
const grouped = (ids: Iterable<JobId>, condition: Condition | undefined): Map<string, Array<JobId>> => {
  const groups = new Map<string, Array<JobId>>()
  let [cluster, wanted, group]: [number, string | undefined, Array<JobId>] = [-1, undefined, []]
  for (const id of Array.from(ids).toSorted((a, b) => a.cluster - b.cluster || a.proc - b.proc)) {
    const own = condition?.(id)
    // Neighbours mostly share a head. Comparing them first avoids writing thousands of heads.
    if (id.cluster !== cluster || own !== wanted) {
      const head = headOf(id.cluster, own)
      ;[cluster, wanted, group] = [id.cluster, own, groups.get(head) ?? []]
      groups.set(head, group)
    }
    if (group.at(-1)?.proc !== id.proc) group.push(id)
  }
  return groups
}

// A schedd evaluates a constraint for each job in its queue, and reads lists and chains from end to end. Longer ones become
// trees, in which it follows one branch.
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
 * Joins conditions by `||`. The expression is not deep, whatever their number. Each condition must bind closer than `||`.
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

// The cost of a term beyond its own length: " || ", and its share of the tree.
const joint = 10

/**
 * Splits job numbers into groups that one constraint can name. Each number is in one group. Jobs with the same cluster and
 * condition stay together if they fit.
 *
 * **Example** (Dividing 25,000 jobs among queries)
 *
 * ```ts
 * import { Option } from "effect"
 * import { Constraint, JobId } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const ids = Array.from({ length: 25_000 }, (_, proc) => Option.getOrThrow(JobId.fromString(`7.${proc}`)))
 * assert.deepStrictEqual(Constraint.chunks(ids).map((chunk) => chunk.length <= 10_000), [true, true, true, true])
 * ```
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
 * Makes the constraint that selects exactly these jobs.
 *
 * **Details**
 *
 * With `condition`, a job must also meet the expression that `condition` returns for its number. The expression is not deep,
 * whatever the number of jobs, and a schedd evaluates it fast for each job of its queue. 5,000 numbers in one `member()` take
 * ten times as long.
 *
 * **Gotchas**
 *
 * If there are more jobs than one constraint should name, use {@link chunks} first. For no jobs the constraint is
 * `ClusterId < 0` and not `false`, which `condor_q` treats as no constraint.
 *
 * **Example** (Selecting three jobs)
 *
 * ```ts
 * import { Option } from "effect"
 * import { Constraint, JobId } from "effect-htcondor-ce/condor"
 * import * as assert from "node:assert"
 *
 * const ids = ["7.0", "7.1", "9.3"].map((text) => Option.getOrThrow(JobId.fromString(text)))
 * assert.strictEqual(
 *   Constraint.jobs(ids),
 *   "((ClusterId == 7 && member(ProcId,{0,1})) || (ClusterId == 9 && ProcId == 3))"
 * )
 * ```
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
 * Joins conditions by `&&`. Each is a whole expression, and gets parentheses.
 *
 * @category combinators
 * @since 0.1.0
 */
export const all = (...conditions: ReadonlyArray<string>): string => conditions.map((one) => `(${one})`).join(" && ")
