/**
 * The attributes that a schedd and its JobRouter set in each transition of a job. Measured on 23.9 and 25.14.
 *
 * @since 0.1.0
 */
import type * as ClassAd from "../../classad/ClassAd.ts"
import * as ClassAds from "../../classad/ClassAd.ts"
import * as Expr from "../../classad/Expr.ts"
import * as HoldReason from "../../condor/HoldReason.ts"
import { cleared, integer, number, text } from "./Attributes.ts"
import type { Version } from "./Job.ts"
import type { Proxy } from "./Proxy.ts"
import { directoryOf } from "./Spool.ts"
import * as Usage from "./Usage.ts"
import { releases } from "./VersionStrings.ts"

/** Changes of a job ad. `undefined` deletes an attribute. Times are seconds since 1970. */
export type Changes = Readonly<Record<string, Expr.Expr | string | number | boolean | undefined>>

/** The values of `JobStatus`. */
export const status = { idle: 1, running: 2, removed: 3, completed: 4, held: 5 } as const

const enter = (ad: ClassAd.ClassAd, next: number): Changes => ({
  JobStatus: next,
  LastJobStatus: integer(ad, "JobStatus")
})

const spooling = "Spooling input data files"

/** A new job, which waits for its input. */
export const arrived = (
  ad: ClassAd.ClassAd,
  { cluster, proc, endpoint, schedd, user, now, total, version }: {
    readonly cluster: number
    readonly proc: number
    readonly total: number
    readonly endpoint: string
    readonly schedd: string
    readonly user: string
    readonly now: number
    readonly version: Version
  }
): Changes => ({
  ClusterId: cluster,
  ProcId: proc,
  TotalSubmitProcs: total,
  GlobalJobId: `${schedd}#${cluster}.${proc}#${now}`,
  User: user,
  Owner: user.replace(/@.*/, ""),
  QDate: now,
  EnteredCurrentStatus: now,
  JobStatus: status.held,
  HoldReason: spooling,
  HoldReasonCode: 16,
  ...version === "latest" ? { InitialJobStatus: status.held } : {},
  Iwd: directoryOf({ cluster, proc }),
  AuthTokenId: "00000000000000000000000000000000",
  AuthTokenIssuer: endpoint,
  AuthTokenSubject: user,
  AuthTokenScopes: "condor:/READ,condor:/WRITE",
  CondorVersion: releases[version].condor,
  CondorPlatform: releases[version].platform,
  ...version === "latest" ? { SubmitVersion: releases.latest.condor } : {},
  ...asSubmitted(ad)
})

// The schedd rounds these sizes, and keeps the exact values in `*_RAW`.
const asSubmitted = (ad: ClassAd.ClassAd): Changes =>
  Object.fromEntries(
    ["DiskUsage", "ExecutableSize", "ImageSize", "NumCkpts"].flatMap((name) => {
      const size = integer(ad, name)
      return size === undefined ? [] : [[`${name}_RAW`, size]]
    })
  )

/** The attributes of a hold that ends. */
const lastHold = (ad: ClassAd.ClassAd): Changes => {
  const subcode = integer(ad, "HoldReasonSubCode")
  return {
    HoldReason: cleared,
    HoldReasonCode: cleared,
    HoldReasonSubCode: undefined,
    LastHoldReason: text(ad, "HoldReason"),
    LastHoldReasonCode: integer(ad, "HoldReasonCode"),
    ...subcode === undefined ? {} : { LastHoldReasonSubCode: subcode }
  }
}

/** The input has been spooled. `proxy` is the proxy certificate in the input, if there is one. */
export const spooled = (
  ad: ClassAd.ClassAd,
  now: number,
  finished: number,
  proxy: Proxy | undefined
): Changes => ({
  ...released(ad, now, "Data files spooled"),
  StageInFinish: finished,
  ...proxy === undefined ? {} : { x509UserProxyExpiration: proxy.expiresAt, x509userproxysubject: proxy.subject }
})

export const released = (ad: ClassAd.ClassAd, now: number, reason: string): Changes => ({
  ...enter(ad, status.idle),
  ...lastHold(ad),
  EnteredCurrentStatus: now,
  ReleaseReason: reason
})

/** The JobRouter manages the job. */
export const managed: Changes = { Managed: "External", ManagedManager: "htcondor-ce" }

/** The JobRouter no longer manages the job. */
export const unmanaged = (ad: ClassAd.ClassAd): Changes =>
  text(ad, "Managed") === "External" ? { Managed: "Schedd", ManagedManager: "" } : {}

const isHeld = (ad: ClassAd.ClassAd): boolean =>
  integer(ad, "JobStatus") === status.held && text(ad, "Managed") === "External"

const isCopied = (ad: ClassAd.ClassAd): boolean => {
  const copied = ClassAds.get(ad, "HoldCopiedFromTargetJob")
  return copied?._tag === "Literal" && copied.value._tag === "Boolean" && copied.value.value
}

/** Whether the JobRouter assumes that the owner holds a job that is in the pool. */
export const isOwnHold = (ad: ClassAd.ClassAd): boolean => isHeld(ad) && !isCopied(ad)

/** The hold of a job that the pool holds, too, so that the JobRouter still manages it. */
export const holdInPool = (ad: ClassAd.ClassAd): Hold | undefined =>
  isHeld(ad)
    ? {
      origin: "pool",
      reason: text(ad, "HoldReason") ?? "",
      code: integer(ad, "HoldReasonCode") ?? 0,
      subcode: integer(ad, "HoldReasonSubCode") ?? 0
    }
    : undefined

/** The job is in the pool, with this number there. */
export const routed = (id: string): Changes => ({ RoutedToJobId: id, CompletionDate: 0 })

const increment = (ad: ClassAd.ClassAd, name: string): number => (integer(ad, name) ?? 0) + 1

/** The resources that a job got from its machine. */
const provisioned: Record<Version, Changes> = {
  lts: { CpusProvisioned: 1, DiskProvisioned: 2048, MemoryProvisioned: 2048 },
  latest: { CpusProvisioned: 1, DiskProvisioned: 1_048_576, MemoryProvisioned: 2048 }
}

export const started = (ad: ClassAd.ClassAd, now: number, version: Version, received: number): Changes => {
  const last = integer(ad, "JobCurrentStartDate")
  return {
    ...enter(ad, status.running),
    EnteredCurrentStatus: now,
    ...provisioned[version],
    BytesRecvd: Expr.real(received),
    BytesSent: Expr.real(0),
    CompletionDate: 0,
    JobStartDate: integer(ad, "JobStartDate") ?? now,
    JobCurrentStartDate: now,
    JobCurrentStartExecutingDate: now,
    ...last === undefined ? {} : { JobLastStartDate: last },
    JobRunCount: increment(ad, "JobRunCount"),
    NumJobMatches: increment(ad, "NumJobMatches"),
    NumJobStarts: increment(ad, "NumJobStarts"),
    NumShadowStarts: increment(ad, "NumShadowStarts"),
    ShadowBday: now
  }
}

/** How a process ended. `unknown`: the batch system behind the CE does not report it, and the ad has no exit code. */
export type Exit = { readonly code: number } | { readonly signal: number } | { readonly unknown: true }

const signalNames: Readonly<Record<number, string>> = {
  1: "Hangup",
  2: "Interrupt",
  3: "Quit",
  4: "Illegal instruction",
  6: "Aborted",
  7: "Bus error",
  8: "Floating point exception",
  9: "Killed",
  11: "Segmentation fault",
  13: "Broken pipe",
  14: "Alarm clock",
  15: "Terminated"
}

/** The pool's report of the end of a process. It is the same for a job that completes and for one that is then held. */
export const exited = (
  ad: ClassAd.ClassAd,
  now: number,
  exit: Exit,
  used: Usage.Measured,
  files: { readonly sent: number; readonly spooled: ReadonlyArray<string> | undefined; readonly count: number }
): Changes => {
  const seconds = now - (integer(ad, "JobCurrentStartDate") ?? now)
  return {
    ..."code" in exit
      ? { ExitBySignal: false, ExitCode: exit.code, ExitSignal: undefined }
      : "unknown" in exit
      ? { ExitBySignal: undefined, ExitCode: undefined, ExitSignal: undefined }
      : {
        ExitBySignal: true,
        ExitSignal: exit.signal,
        ExitCode: undefined,
        ExitReason: `died on signal ${exit.signal} (${signalNames[exit.signal] ?? `Unknown signal ${exit.signal}`})`
      },
    BytesSent: Expr.real(files.sent),
    ...Usage.changes(used),
    LastRemoteWallClockTime: Expr.real(seconds),
    RemoteWallClockTime: Expr.real((number(ad, "RemoteWallClockTime") ?? 0) + seconds),
    ScratchDirFileCount: files.count,
    // Only if all requested outputs exist.
    ...files.spooled === undefined ? {} : { SpooledOutputFiles: files.spooled.join(",") }
  }
}

// `EnteredCurrentStatus` stays the time when the job began to run.
export const completed = (ad: ClassAd.ClassAd, now: number): Changes => ({
  ...enter(ad, status.completed),
  CompletionDate: now,
  Managed: "ScheddDone",
  ManagedManager: ""
})

/** The process has ended. The job is idle until the pool starts it again. */
export const again = (ad: ClassAd.ClassAd, now: number): Changes => ({
  ...enter(ad, status.idle),
  EnteredCurrentStatus: now
})

/** Why a job is held, and the origin of the hold: a request of a user, a policy of the schedd, or the pool. */
export interface Hold {
  readonly origin: "request" | "policy" | "pool"
  readonly reason: string
  readonly code: number
  readonly subcode: number
}

/** The name of a hold code in `NumHoldsByReason`. 23.x does not know the last code. */
const countedAs = (code: number, version: Version): string => {
  const name = HoldReason.nameOf(code)
  return /\d$/.test(name) || (version === "lts" && name === "CannotSwitchPrimaryGroup") ? "Unspecified" : name
}

export const held = (
  ad: ClassAd.ClassAd,
  now: number,
  { code, origin, reason, subcode }: Hold,
  version: Version
): Changes => {
  const before = ClassAds.get(ad, "NumHoldsByReason")
  const counts = before?._tag === "Ad" ? before : ClassAds.make([])
  const name = countedAs(code, version)
  const released = text(ad, "ReleaseReason")
  return {
    ...enter(ad, status.held),
    EnteredCurrentStatus: now,
    HoldReason: reason,
    HoldReasonCode: code,
    HoldReasonSubCode: subcode,
    LastReleaseReason: released,
    ReleaseReason: origin === "request" ? undefined : origin === "policy" ? "Undefined" : released,
    NumHolds: increment(ad, "NumHolds"),
    NumHoldsByReason: ClassAds.set(counts, name, Expr.integer(increment(counts, name))),
    ...origin === "request" ? {} : { NumSystemHolds: increment(ad, "NumSystemHolds") },
    ...origin === "pool" ? { HoldCopiedFromTargetJob: true } : unmanaged(ad)
  }
}

export const removed = (ad: ClassAd.ClassAd, now: number, reason: string): Changes => ({
  ...enter(ad, status.removed),
  ...integer(ad, "JobStatus") === status.held ? lastHold(ad) : {},
  EnteredCurrentStatus: now,
  RemoveReason: reason
})

/** The schedd is done with the job. 25.x records if it has removed the job without the JobRouter. */
export const finished = (ad: ClassAd.ClassAd, now: number, version: Version): Changes => ({
  ...unmanaged(ad),
  ...version === "latest" && integer(ad, "JobStatus") === status.removed && text(ad, "Managed") !== "External"
    ? { JobAbortEventLogged: 1 }
    : {},
  JobFinishedHookDone: integer(ad, "JobFinishedHookDone") ?? now
})

/** After a restart of the schedd, the reason of the first hold (for spooling) reappears. */
export const restarted: Changes = { HoldReason: spooling, HoldReasonCode: 16 }

/** The hold of a job that did not leave a requested output. */
export const outputMissing = (name: string, version: Version, process: number): Hold => {
  const directory = version === "latest" ? `dir_${process}/scratch` : `dir_${process}`
  const first = version === "latest" ? "1 total failures: first failure: " : ""
  return {
    origin: "pool",
    code: 12,
    subcode: 2,
    reason:
      "Transfer output files failure at execution point slot1_1@worker while sending files to access point schedd. " +
      `Details: ${first}reading from file /var/lib/condor/execute/${directory}/${name}: (errno 2) No such file or directory`
  }
}

/** The address of a daemon as it advertises it (a sinful string without the angle brackets). */
export const addressOf = (endpoint: string): string => {
  const [host = "", port = ""] = endpoint.split(/:(?=\d+$)/)
  return `${endpoint}?addrs=${host}-${port}&alias=${host}&noUDP&sock=schedd_43_12a9`
}
