/**
 * `list` and `departed` by way of the cluster.
 */
import * as Stream from "effect/Stream"
import type { DepartedJob, ListedJob } from "../../contract/Capability.ts"

// Records that do not say of which job they are cannot be told apart.
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

/** Each job once: the engine begins an answer anew where the compute element has moved. */
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
