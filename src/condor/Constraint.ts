/**
 * Constraints in the ClassAd language that pick jobs, kept shallow enough for every gateway.
 *
 * @since 0.1.0
 */
import type { JobId } from "./JobId.ts"

/**
 * How many clusters one constraint may name.
 *
 * **Details**
 *
 * A 25.x gateway answers nothing, with exit code 0, once the constraint is about 397 levels deep; each cluster is a
 * level. The list within `member()` does not add any (HTCondor's `RecursionGuard`, `src/classad`).
 *
 * @category constants
 * @since 0.1.0
 */
export const maxClusters = 100

/**
 * How many job numbers one constraint may name: 5,000 take 30 kB, well below the length of one argument of a command.
 *
 * @category constants
 * @since 0.1.0
 */
export const maxJobs = 5_000

/**
 * A ClassAd string literal in the old syntax, where only `\"` is special; `undefined` for text that it cannot carry.
 *
 * @category converting
 * @since 0.1.0
 */
export const stringLiteral = (text: string): string | undefined =>
  // oxlint-disable-next-line no-control-regex -- control characters are just what must be refused
  /[\u0000-\u001f\u007f]|\\$|\\"/.test(text) ? undefined : `"${text.replaceAll("\"", "\\\"")}"`

/**
 * Splits job numbers into groups that one constraint can name, whole clusters together where they fit.
 *
 * @category combinators
 * @since 0.1.0
 */
export const chunks = (ids: Iterable<JobId>): Array<Array<JobId>> => {
  const result: Array<Array<JobId>> = []
  let current: Array<JobId> = []
  let clusters = new Set<number>()
  for (const id of Array.from(ids).toSorted((a, b) => a.cluster - b.cluster || a.proc - b.proc)) {
    const full = current.length >= maxJobs || (clusters.size >= maxClusters && !clusters.has(id.cluster))
    if (full) {
      result.push(current)
      current = []
      clusters = new Set()
    }
    current.push(id)
    clusters.add(id.cluster)
  }
  if (current.length > 0) result.push(current)
  return result
}

/**
 * `((ClusterId == 7 && member(ProcId,{0,1})) || (ClusterId == 9 && ProcId == 3))`: picks just these jobs.
 *
 * **Details**
 *
 * With `condition`, a job must also satisfy the expression that it gives for the job's number.
 *
 * **Gotchas**
 *
 * For more jobs than one constraint should name, use {@link chunks} first.
 *
 * @category constructors
 * @since 0.1.0
 */
export const jobs = (ids: Iterable<JobId>, condition?: (id: JobId) => string): string => {
  const groups = new Map<string, Array<number>>()
  for (const id of ids) {
    const head = condition === undefined
      ? `ClusterId == ${id.cluster}`
      : `ClusterId == ${id.cluster} && ${condition(id)}`
    const procs = groups.get(head)
    if (procs === undefined) groups.set(head, [id.proc])
    else procs.push(id.proc)
  }
  const terms = Array.from(
    groups,
    ([head, procs]) =>
      procs.length === 1 ? `(${head} && ProcId == ${procs[0]})` : `(${head} && member(ProcId,{${procs.join(",")}}))`
  )
  return terms.length === 0 ? "false" : `(${terms.join(" || ")})`
}

/**
 * The conjunction of conditions that are each whole expressions.
 *
 * @category combinators
 * @since 0.1.0
 */
export const all = (...conditions: ReadonlyArray<string>): string => conditions.map((one) => `(${one})`).join(" && ")
