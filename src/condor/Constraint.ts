/**
 * Constraints in the ClassAd language that pick jobs, kept shallow enough for every gateway.
 *
 * @since 0.1.0
 */
import type { JobId } from "./JobId.ts"

/**
 * How many clusters, or clusters with a condition of their own, one constraint may name.
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
  /[\u0000-\u001f\u007f]|\\$|\\"/.test(text) ? undefined : `"${text.replaceAll("\"", "\\\"")}"`

// What the jobs of one term of a constraint have in common.
const headOf = (id: JobId, condition: ((id: JobId) => string) | undefined): string =>
  condition === undefined ? `ClusterId == ${id.cluster}` : `ClusterId == ${id.cluster} && ${condition(id)}`

/**
 * Splits job numbers into groups that one constraint can name, jobs with the same cluster and condition together.
 *
 * @category combinators
 * @since 0.1.0
 */
export const chunks = (ids: Iterable<JobId>, condition?: (id: JobId) => string): Array<Array<JobId>> => {
  const groups = new Map<string, Array<JobId>>()
  for (const id of Array.from(ids).toSorted((a, b) => a.cluster - b.cluster || a.proc - b.proc)) {
    const head = headOf(id, condition)
    const group = groups.get(head)
    if (group === undefined) groups.set(head, [id])
    else group.push(id)
  }
  const result: Array<Array<JobId>> = []
  let current: Array<JobId> = []
  let heads = 0
  for (const group of groups.values()) {
    for (let from = 0; from < group.length;) {
      if (current.length >= maxJobs || heads >= maxClusters) {
        result.push(current)
        current = []
        heads = 0
      }
      const some = group.slice(from, from + maxJobs - current.length)
      current.push(...some)
      heads += 1
      from += some.length
    }
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
    const head = headOf(id, condition)
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
