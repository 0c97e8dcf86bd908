/** The fate of each submitted job. */
import type { JobHandle } from "../../src/index.ts"

/**
 * - `Live`: there is more to be done about it
 * - `Fetched`: its output is here, and what it should be
 * - `Purged`, `Cancelled`: as was asked for
 * - `Held`: the site held it, and it was removed for that
 * - `Failed`: the site removed it, and the library reported that
 * - `Lost`: in any other way there is no output, or not the right one
 */
export type Fate =
  | { readonly _tag: "Live"; readonly handle: JobHandle.JobHandle }
  | { readonly _tag: "Fetched" | "Purged" | "Cancelled" }
  | { readonly _tag: "Held"; readonly hold: Hold }
  | { readonly _tag: "Failed" | "Lost"; readonly detail: string }

/** Why a job was held, and whether the schedd was killed while the job was at the site. */
export interface Hold {
  readonly code: string
  readonly reason: string
  readonly afterKill: boolean
}

export interface Ledger {
  readonly submitted: number
  /** Books jobs whose submission was begun at that time, in milliseconds since 1970. */
  submit(handles: ReadonlyArray<JobHandle.JobHandle>, since: number): void
  /** When its submission was begun. */
  since(handle: JobHandle.JobHandle): number
  /** Notes that a job was seen held, the first time only. */
  hold(handle: JobHandle.JobHandle, hold: Hold): void
  /** Jobs that were seen held, and what has become of each. */
  holds(): ReadonlyArray<Hold & { readonly job: string; readonly fate: Fate["_tag"] | "Unheard of" }>
  /** The ledger books a job that was held and then removed as held, regardless of the remover. */
  close(handle: JobHandle.JobHandle, fate: Exclude<Fate, { readonly _tag: "Live" | "Held" }>): void
  live(): ReadonlyArray<JobHandle.JobHandle>
  has(job: string): boolean
  tally(): Readonly<Record<string, number>>
  details(tag: "Failed" | "Lost"): ReadonlyArray<string>
}

export const make = (): Ledger => {
  const fates = new Map<string, Fate>()
  const begun = new Map<string, number>()
  const holds = new Map<string, Hold>()
  const label = (fate: Fate) => fate._tag === "Held" ? `Held ${fate.hold.code}` : fate._tag
  return {
    get submitted() {
      return fates.size
    },
    submit: (handles, since) => {
      for (const handle of handles) {
        if (fates.has(handle.job)) continue
        fates.set(handle.job, { _tag: "Live", handle })
        begun.set(handle.job, since)
      }
    },
    since: ({ job }) => begun.get(job) ?? Number.POSITIVE_INFINITY,
    hold: ({ job }, hold) => {
      if (!holds.has(job)) holds.set(job, hold)
    },
    holds: () => Array.from(holds, ([job, hold]) => ({ ...hold, job, fate: fates.get(job)?._tag ?? "Unheard of" })),
    close: ({ job }, fate) => {
      const hold = holds.get(job)
      const isRemoved = fate._tag === "Cancelled" || fate._tag === "Failed"
      fates.set(job, hold !== undefined && isRemoved ? { _tag: "Held", hold } : fate)
    },
    live: () => Array.from(fates.values()).flatMap((fate) => fate._tag === "Live" ? [fate.handle] : []),
    has: (job) => fates.has(job),
    tally: () =>
      Object.fromEntries(
        Array.from(Map.groupBy(fates.values(), label), ([tag, some]) => [tag, some.length])
      ),
    details: (tag) =>
      Array.from(fates).flatMap(([job, fate]) =>
        fate._tag === tag && "detail" in fate ? [`${job}: ${fate.detail}`] : []
      )
  }
}
