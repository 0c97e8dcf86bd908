/** A factory that keeps so many short jobs in flight, and is done with each of them in one way or another. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type { FetchError } from "../../src/contract/JobError.ts"
import type { JobOutput } from "../../src/contract/JobOutput.ts"
import { Capability, type JobHandle, type Submission, SubmissionKey } from "../../src/index.ts"
import type { Ledger } from "./Ledger.ts"

export interface Order {
  readonly key: SubmissionKey.SubmissionKey
  readonly copies: ReadonlyArray<Submission.Copy>
  /** In milliseconds since 1970. */
  readonly since: number
}

/** The payload of each copy. Its output proves that the copy got its own environment and its own secret. */
export const payload =
  "#!/bin/sh\nread -r secret <secret\necho \"copy $COPY $secret\" | tee result.txt\nsleep 1\nexit $((COPY % 2))\n"

const copyOf = (key: SubmissionKey.SubmissionKey) => (_: unknown, copy: number): Submission.Copy => ({
  environment: { COPY: String(copy) },
  secrets: { secret: Redacted.make(`of ${key}\n`) }
})

// The factory asks again after these answers. All others are final.
const passing: ReadonlySet<FetchError["_tag"]> = new Set(["TransferFailed", "NotFinished", "HistoryUnavailable"])

/** One in ten is given up when it has completed, and of those in flight some are cancelled. */
const isGivenUp = ({ copy }: JobHandle.JobHandle): boolean => copy % 10 === 9
const cancelledAtOnce = 2
const roundsBetweenCancels = 10

/** A schedd that is killed when it has the input, and before it says so, leaves jobs that wait for it in vain. */
const longestStaging = 60_000

/** At the end of the soak nobody waits longer for a job to start. The pool of 25.14 leaves one alone whose slot was refused once. */
const longestWait = 180_000

export const make = Effect.fnUntraced(function*(options: {
  readonly executable: string
  readonly destination: string
  readonly target: number
  readonly tag: string
  readonly ledger: Ledger
  /** Whether the schedd was killed since then (in milliseconds since 1970), or shortly before. */
  readonly wasKilledSince: (time: number) => boolean
}) {
  const { destination, executable, ledger, tag, target, wasKilledSince } = options
  const fileSystem = yield* FileSystem.FileSystem
  const { submit } = yield* Capability.Submitter
  const { status } = yield* Capability.StatusReporter
  const { fetch } = yield* Capability.OutputRetriever
  const { cancel } = yield* Capability.Cancellable
  const { purge } = yield* Capability.Purgeable

  const errors = new Map<string, number>()
  const note = (operation: string, tag: string) =>
    errors.set(`${operation} ${tag}`, (errors.get(`${operation} ${tag}`) ?? 0) + 1)
  // The next cycle repeats an operation that fails as a whole.
  const tried = <A, E extends { readonly _tag: string }, R>(operation: string, effect: Effect.Effect<A, E, R>) =>
    Effect.catch(effect, (error) => Effect.as(Effect.sync(() => note(operation, error._tag)), undefined))

  const asked = new Set<string>()
  const stagingSince = new Map<string, number>()
  const unreleased = new Set<string>()
  let rounds = 0
  let order: Order | undefined

  const check = Effect.fnUntraced(function*({ exit, files, handle, stdout }: JobOutput) {
    const expected = `copy ${handle.copy} of ${handle.key}\n`
    const texts = yield* Effect.forEach([stdout, ...files], ({ path }) => fileSystem.readFileString(path))
    return texts.length === 2 && texts.every((text) => text === expected) && exit._tag === "Code" &&
      exit.code === handle.copy % 2
  }, Effect.orElseSucceed(() => false))

  const look = Effect.gen(function*() {
    const completed: Array<JobHandle.JobHandle> = []
    const stuck: Array<JobHandle.JobHandle> = []
    const waiting: Array<JobHandle.JobHandle> = []
    const now = yield* Clock.currentTimeMillis
    for (const [handle, outcome] of (yield* tried("status", status(ledger.live()))) ?? []) {
      if (Result.isFailure(outcome)) {
        note("status of a job", outcome.failure._tag)
        continue
      }
      if (outcome.success._tag !== "Staging") stagingSince.delete(handle.job)
      switch (outcome.success._tag) {
        case "Staging": {
          const since = stagingSince.get(handle.job) ?? now
          stagingSince.set(handle.job, since)
          if (now - since > longestStaging) {
            ledger.hold(handle, {
              code: "16",
              reason: "its input never came",
              afterKill: wasKilledSince(ledger.since(handle))
            })
            stuck.push(handle)
          }
          break
        }
        case "Completed":
          completed.push(handle)
          break
        case "Held": {
          const { code, reason, subcode } = outcome.success
          ledger.hold(handle, { code: `${code}/${subcode}`, reason, afterKill: wasKilledSince(ledger.since(handle)) })
          stuck.push(handle)
          break
        }
        case "Removed":
          ledger.close(
            handle,
            asked.has(handle.job) ? { _tag: "Cancelled" } : { _tag: "Failed", detail: outcome.success.reason }
          )
          break
        case "Unknown":
          ledger.close(handle, { _tag: "Lost", detail: "Unknown" })
          break
        case "Waiting":
          waiting.push(handle)
          break
        default:
      }
    }
    return { completed, stuck, waiting }
  })

  const collect = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    if (handles.length === 0) return
    for (const [handle, outcome] of (yield* tried("fetch", fetch(handles, destination))) ?? []) {
      if (Result.isSuccess(outcome)) {
        if (!outcome.success.released) unreleased.add(handle.job)
        const isRight = yield* check(outcome.success)
        ledger.close(handle, isRight ? { _tag: "Fetched" } : { _tag: "Lost", detail: "wrong output" })
        continue
      }
      const error = outcome.failure
      note("fetch of a job", error._tag)
      if (error._tag === "AlreadyRetrieved" && error.manifest !== undefined) ledger.close(handle, { _tag: "Fetched" })
      else if (!passing.has(error._tag)) ledger.close(handle, { _tag: "Lost", detail: error.message })
    }
  })

  const giveUp = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    if (handles.length === 0) return
    for (const [handle, outcome] of (yield* tried("purge", purge(handles))) ?? []) {
      if (Result.isSuccess(outcome)) ledger.close(handle, { _tag: "Purged" })
      else note("purge of a job", outcome.failure._tag)
    }
  })

  const stop = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    if (handles.length === 0) return
    for (const { job } of handles) asked.add(job)
    for (const [handle, outcome] of (yield* tried("cancel", cancel(handles))) ?? []) {
      if (Result.isFailure(outcome)) note("cancel of a job", outcome.failure._tag)
      else if (outcome.success._tag === "Cancelled") ledger.close(handle, { _tag: "Cancelled" })
    }
  })

  const refill = Effect.gen(function*() {
    const missing = target - ledger.live().length
    if (order === undefined) {
      if (missing <= 0) return
      const key = yield* SubmissionKey.generate
      const since = yield* Clock.currentTimeMillis
      order = { key, copies: Array.from({ length: missing }, copyOf(key)), since }
    }
    const { copies, key, since } = order
    const submission = yield* tried(
      "submit",
      submit({ executable, outputs: [{ name: "result.txt" }], resources: { memoryMiB: 100 }, tag }, copies, { key })
    )
    if (submission === undefined) return
    if (submission.adopted) note("submit", "adopted")
    ledger.submit(submission.handles, since)
    order = undefined
  })

  return {
    errors: (): ReadonlyMap<string, number> => errors,
    /** Jobs whose output is here, and that were still in the CE's queue when their fetch ended. */
    unreleased: (): ReadonlySet<string> => unreleased,
    /** One round; with `isLast`, nothing new is submitted, but what was begun is brought to its end. */
    cycle: Effect.fnUntraced(function*(isLast: boolean) {
      const { completed, stuck, waiting } = yield* look
      yield* giveUp(completed.filter(isGivenUp))
      yield* collect(completed.filter((handle) => !isGivenUp(handle)))
      const isTimeToCancel = !isLast && ++rounds % roundsBetweenCancels === 0
      const now = yield* Clock.currentTimeMillis
      const late = isLast ? waiting.filter((handle) => now - ledger.since(handle) > longestWait) : []
      for (const { job } of late) if (!asked.has(job)) note("start of a job", "Late")
      yield* stop([...stuck, ...late, ...isTimeToCancel ? waiting.slice(-cancelledAtOnce) : []])
      if (!isLast || order !== undefined) yield* refill
      return ledger.live().length === 0 && order === undefined
    })
  }
})
