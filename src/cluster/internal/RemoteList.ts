/**
 * `list` and `departed` through the cluster.
 */
import * as Stream from "effect/Stream"
import type { DepartedJob, ListedJob } from "../../contract/Capability.ts"

// The id of a record. A `Cut` record has none.
const nameOf = (job: ListedJob | DepartedJob): string | undefined => {
  switch (job._tag) {
    case "Listed":
    case "Departed":
      return String(job.handle)
    case "OtherFormat":
    case "Unreadable":
      return job.job
    case "Cut":
      return undefined
  }
}

/** Reports each job once. The engine begins the answer again if the compute element has moved. */
export const each = <A extends ListedJob | DepartedJob, E>(answer: Stream.Stream<A, E>): Stream.Stream<A, E> =>
  Stream.suspend(() => {
    const told = new Set<string>()
    return Stream.filter(answer, (job) => {
      const name = nameOf(job)
      if (name === undefined) return true
      const isNew = !told.has(name)
      told.add(name)
      return isNew
    })
  })
