/** What has become of each job that was submitted. */
import type { JobHandle } from "../../src/index.ts"

/**
 * - `Live`: there is more to be done about it
 * - `Fetched`: its output is here, and what it should be
 * - `Purged`, `Cancelled`: as was asked for
 * - `Failed`: the site took it away, and the library told so
 * - `Lost`: in any other way there is no output, or not the right one
 */
export type Fate =
  | { readonly _tag: "Live"; readonly handle: JobHandle.JobHandle }
  | { readonly _tag: "Fetched" | "Purged" | "Cancelled" }
  | { readonly _tag: "Failed" | "Lost"; readonly detail: string }

export interface Ledger {
  readonly submitted: number
  submit(handles: ReadonlyArray<JobHandle.JobHandle>): void
  close(handle: JobHandle.JobHandle, fate: Exclude<Fate, { readonly _tag: "Live" }>): void
  live(): ReadonlyArray<JobHandle.JobHandle>
  has(job: string): boolean
  tally(): Readonly<Record<string, number>>
  details(tag: "Failed" | "Lost"): ReadonlyArray<string>
}

export const make = (): Ledger => {
  const fates = new Map<string, Fate>()
  return {
    get submitted() {
      return fates.size
    },
    submit: (handles) => {
      for (const handle of handles) if (!fates.has(handle.job)) fates.set(handle.job, { _tag: "Live", handle })
    },
    close: (handle, fate) => {
      fates.set(handle.job, fate)
    },
    live: () => Array.from(fates.values()).flatMap((fate) => fate._tag === "Live" ? [fate.handle] : []),
    has: (job) => fates.has(job),
    tally: () =>
      Object.fromEntries(
        Array.from(Map.groupBy(fates.values(), ({ _tag }) => _tag), ([tag, some]) => [tag, some.length])
      ),
    details: (tag) =>
      Array.from(fates).flatMap(([job, fate]) =>
        fate._tag === tag && "detail" in fate ? [`${job}: ${fate.detail}`] : []
      )
  }
}
