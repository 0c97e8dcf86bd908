/**
 * Decides whether a key is free, or belongs to this submission or to another one, from the jobs at the CE.
 */
import * as Effect from "effect/Effect"
import { type InvalidSubmission, SubmissionConflict, type SubmitError } from "../../../contract/BackendError.ts"
import type { SubmitOptions } from "../../../contract/Capability.ts"
import type { Session } from "../credentials/Session.ts"
import * as CopyRange from "./CopyRange.ts"
import * as Reconcile from "./Reconcile.ts"
import * as TakeBack from "./TakeBack.ts"

/**
 * The submission that a caller wants. `payload` is the digest of what its copies run. `isNew` returns whether the key is new;
 * it is true at most at the first look.
 */
export interface Wanted extends Required<Omit<SubmitOptions, "fence" | "isNew">> {
  readonly isNew: Effect.Effect<boolean>
  readonly copies: number
  readonly payload: Effect.Effect<string, InvalidSubmission>
}

/**
 * The clusters of a submission that exist already, and why the history may hide more of them.
 */
export interface Adopted {
  readonly there: ReadonlyArray<CopyRange.ClusterRange>
  readonly hidden: string | undefined
}

/**
 * Decides whether the key is free, or belongs to this submission, to a part of it, or to another one. If several clusters have
 * the same copies, it keeps the oldest and removes the others.
 */
export const adopt = Effect.fnUntraced(function*(
  session: Session,
  { copies, isNew, key, onConflict, payload }: Wanted
): Effect.fn.Return<Adopted, SubmitError> {
  const conflict = (reason: SubmissionConflict["reason"], detail: string) =>
    new SubmissionConflict({ key, reason, detail })
  // No job can have left the queue since a new key was generated: the history need not be searched.
  const state = yield* Reconcile.awaitSpooled(session, key, copies, yield* isNew)
  if (state._tag === "Nothing") return { there: [], hidden: state.hidden }
  if (state._tag === "Spooling") return yield* conflict("Staging", "its jobs wait for input and cannot be removed")
  if (state._tag === "OtherRoute") {
    return yield* conflict("OtherRoute", `${Reconcile.otherRoute}: ${state.jobs.slice(0, 10).join(", ")}`)
  }
  // If the ads lack the information, the reason may be an ad that cannot be read.
  const unsaid = (reason: "Copies" | "Payload", detail: string) =>
    state.unreadable === undefined ? conflict(reason, detail) : conflict("Unreadable", state.unreadable)
  const clusters = Array.from(new Set(state.jobs.map(({ id }) => id.cluster))).toSorted((a, b) => a - b)
  if (state.submitted?.copies !== copies) {
    if (state.submitted !== undefined) {
      const other = state.submitted.copies
      return yield* conflict("Copies", `cluster ${clusters[0]} was submitted with ${other} copies, not ${copies}`)
    }
    return yield* unsaid(
      "Copies",
      `the jobs of cluster ${clusters.join(", ")} do not say which copies of how many they are`
    )
  }
  const ranges = Array.from(
    Map.groupBy(state.submitted.parts, ({ count, first }) => `${first} ${count}`).values(),
    (same) => same.toSorted((a, b) => a.cluster - b.cluster)
  )
  const there = ranges.flatMap((same) => same.slice(0, 1))
  if (CopyRange.overlap(there)) {
    return yield* conflict("Duplicated", `its clusters ${clusters.join(", ")} have copies in common`)
  }
  const isWhole = CopyRange.gaps(there, copies).length === 0
  if (!isWhole || onConflict === "Fail") {
    const digest = yield* payload
    const other = there.find(({ cluster }) => (state.payloads.get(cluster) ?? digest) !== digest)
    const silent = there.find(({ cluster }) => !state.payloads.has(cluster))
    const missing = onConflict === "Adopt" ? ", and some of its copies are missing" : ""
    if (other !== undefined) {
      const differs = `the payload of cluster ${other.cluster} differs from what is submitted${missing}`
      return yield* conflict("Payload", differs)
    }
    if (silent !== undefined) {
      return yield* unsaid("Payload", `cluster ${silent.cluster} does not say what it runs${missing}`)
    }
  }
  // The last step: a caller with another payload must not remove these jobs.
  for (const [part, ...others] of ranges) {
    if (part === undefined || others.length === 0) continue
    const staying = yield* TakeBack.removeYounger(session, key, part.cluster, others)
    if (staying !== undefined) {
      const twice = [part, ...others].map(({ cluster }) => cluster)
      return yield* conflict(TakeBack.reasonOf(staying), `it names the clusters ${twice.join(", ")}`)
    }
  }
  return { there, hidden: state.hidden }
})
