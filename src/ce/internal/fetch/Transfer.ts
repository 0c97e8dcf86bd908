/**
 * Transfers the output of some jobs to a private directory, and checks which transfers the schedd counts as complete.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Constraint from "../../../condor/Constraint.ts"
import * as OwnAttributes from "../../../condor/OwnAttributes.ts"
import type { BackendError, LocalFailure } from "../../../contract/BackendError.ts"
import { localFailure } from "../credentials/BackendErrors.ts"
import type { Session } from "../credentials/Session.ts"
import * as JobLookup from "../query/JobLookup.ts"
import * as Excess from "./Excess.ts"
import type * as FetchDecision from "./FetchDecision.ts"
import * as Tuning from "./tuning.ts"

/**
 * Some jobs of one fetch. `staging` is their private directory, and `begun` is the result of `Destination.begin` before it was
 * made. The schedd distinguishes their transfer from those of other processes by the mark `fetchId`. The process that marked a
 * job last owns it: the transfers and removals of all other processes skip it.
 */
export interface Batch {
  readonly session: Session
  readonly staging: string
  readonly begun: number
  readonly fetchId: string
}

/**
 * The result of a transfer.
 *
 * - `done`: the jobs that the schedd counts as transferred
 * - `blamed`: the job at which the tool gave up, if it said so
 * - `seconds`: the run time after which the tool was killed, if it took too long
 * - `excess`: the job whose output exceeded a limit, for which the tool was killed, and its error
 * - `detail`: the message for the other jobs
 */
export interface Transferred {
  readonly done: ReadonlySet<string>
  readonly blamed?: string | undefined
  readonly seconds?: number | undefined
  readonly excess?: Excess.Excess | undefined
  readonly detail: string
}

/**
 * The condition that a completed job still belongs to this batch.
 */
export const ownedBy = ({ fetchId }: Batch): string => `JobStatus == 4 && ${OwnAttributes.hasMark(fetchId)}`

const none: ReadonlySet<string> = new Set()

/**
 * How a run of a tool ended.
 *
 * - `Stopped`: the output exceeded a limit
 * - `isFileMissing`: some of the files to send do not exist, and all others were sent
 */
export type Ended =
  | { readonly _tag: "Complete" }
  | {
    readonly _tag: "Broken"
    readonly detail: string
    readonly blamed?: string | undefined
    readonly seconds?: number
    readonly isFileMissing?: boolean
  }
  | { readonly _tag: "Stopped"; readonly excess: Effect.Effect<Excess.Excess | undefined> }

// The attributes that show whether the transfer of a marked job is complete.
const noted: ReadonlyArray<string> = ["ClusterId", "ProcId", "JobStatus", "StageOutFinish"]

/**
 * The message if an expression cannot carry the path of the destination.
 */
export const unsupportedPath = "the destination's path has a character that HTCondor cannot carry"

/**
 * The places of each job's files, as expressions over its ad.
 *
 * - `edits`: set these attributes, so that all files of a job are written to its directory below that of the batch
 * - `holds`: the condition that they are still set, and that no other attribute redirects a file. The schedd checks it when the
 *   transfer begins. If somebody has edited a job in the meantime, no file of it is written anywhere else.
 */
export interface Redirect {
  readonly edits: ReadonlyArray<readonly [name: string, expression: string]>
  readonly holds: string
}

/**
 * The redirect to a batch's directory. Undefined for a path that an expression cannot carry.
 *
 * **Details**
 *
 * The schedd copies `SUBMIT_X` over `X` when it sends a client the ad with the places of its files
 * (`DCSchedd::receiveJobSandbox`).
 */
export const redirectOf = ({ staging }: Pick<Batch, "staging">): Redirect | undefined => {
  const literal = Constraint.stringLiteral(`${staging}/`)
  if (literal === undefined) return undefined
  const directory = `strcat(${literal},string(ClusterId),".",string(ProcId)`
  const edits = [
    ["SUBMIT_Iwd", `${directory})`],
    ["SUBMIT_UserLog", `${directory},"/",UserLog)`],
    ["SUBMIT_TransferOutputRemaps", "\"\""]
  ] as const
  const plain = ["UserLog", "Out", "Err"].map((name) => `regexp("^[^/]+$",${name}) =?= true`)
  const unset = ["SUBMIT_Out", "SUBMIT_Err", "SUBMIT_OutputDestination", "OutputDestination"].map((name) =>
    `${name} =?= undefined`
  )
  return {
    edits,
    holds: [...edits.map(([name, expression]) => `${name} =?= ${expression}`), ...plain, ...unset].join(" && ")
  }
}

// Redirects the files of some jobs to their directories below that of the batch.
const markJobs = (
  { fetchId, session }: Batch,
  jobs: ReadonlyArray<FetchDecision.Candidate>,
  { edits }: Redirect
) => {
  const hasItsKey = JobLookup.keyOf(jobs)
  // Linux starts no tool with an argument of 128 KiB: the ids and keys of many small clusters need several runs.
  return Effect.forEach(
    Constraint.chunks(jobs.map((job) => job.id), hasItsKey),
    (ids) =>
      session.edit(
        Constraint.all(Constraint.jobs(ids, hasItsKey), "JobStatus == 4", OwnAttributes.hasFormat),
        [
          [OwnAttributes.names.fetch, `"${fetchId}"`],
          // The schedd sets it when a transfer is complete. Together with the mark, no clocks have to be compared.
          ["StageOutFinish", "undefined"],
          ...edits
        ]
      ),
    { discard: true }
  )
}

// Transfers those jobs of a batch that satisfy a condition, until the tool ends.
const run = (
  { session, staging }: Batch,
  jobs: ReadonlyArray<FetchDecision.Candidate>,
  condition: string
): Effect.Effect<Ended, BackendError | LocalFailure> => {
  const { jobTransferTimeout, transferTimeout } = session.settings.limits
  const timeout = jobs.length === 1 ? jobTransferTimeout : transferTimeout
  return session.transfer(condition, { timeout, directory: staging }).pipe(
    Effect.as<Ended>({ _tag: "Complete" }),
    // A timeout of the tool fails the jobs, not the operation.
    Effect.catchTags({
      TimedOut: ({ message, seconds }) => Effect.succeed<Ended>({ _tag: "Broken", detail: message, seconds }),
      JobsRefused: ({ blamed, detail, missing }) =>
        Effect.succeed<Ended>({ _tag: "Broken", detail, blamed, isFileMissing: missing })
    })
  )
}

// The ids of the jobs whose transfer the schedd counts as complete. The schedd notes it after the tool has ended.
const countedOf = (session: Session, jobs: ReadonlyArray<FetchDecision.Candidate>, condition: string) => {
  const ids = new Set(jobs.map(({ id }) => String(id)))
  return Effect.repeat(
    Effect.map(
      JobLookup.ownQueue(session, condition, ({ id }) => ids.has(String(id)), noted),
      (ads) =>
        new Set(
          ads.flatMap(({ ad, id }) =>
            Result.isSuccess(ad) && ad.success.StageOutFinish !== undefined ? [String(id)] : []
          )
        )
    ),
    { schedule: Tuning.completionLooks, until: (set) => set.size === jobs.length }
  )
}

/**
 * Makes `transfer` and its steps.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const watch = yield* Excess.make
  const path = yield* Path.Path

  const stagingOf = ({ staging }: Batch, job: FetchDecision.Candidate) => path.join(staging, String(job.id))

  // Makes an empty directory, and removes what an earlier attempt has left. Its parent is private; the mode is for the
  // destination. It is uninterruptible, because Node continues a file operation after an interrupt: it would meet the next
  // attempt's.
  const emptied = (directory: string) => {
    const made = fileSystem.makeDirectory(directory, { mode: 0o755 })
    return made.pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "AlreadyExists",
        () => Effect.andThen(fileSystem.remove(directory, { recursive: true }), made)
      ),
      Effect.mapError((error) => localFailure(directory, error)),
      Effect.uninterruptible
    )
  }

  // Redirects the files of some jobs to new directories below that of the batch. Returns why the schedd refused these jobs.
  const mark = Effect.fnUntraced(function*(
    batch: Batch,
    jobs: ReadonlyArray<FetchDecision.Candidate>
  ): Effect.fn.Return<string | undefined, BackendError | LocalFailure> {
    const redirect = redirectOf(batch)
    if (redirect === undefined) return unsupportedPath
    const places = Effect.forEach(jobs, (job) => emptied(stagingOf(batch, job)), {
      concurrency: Tuning.filesAtOnce,
      discard: true
    })
    return yield* Effect.all([markJobs(batch, jobs, redirect), places], { concurrency: 2, discard: true }).pipe(
      Effect.as(undefined),
      Effect.catchTag("JobsRefused", ({ detail }) => Effect.succeed(detail))
    )
  })

  // `run`, stopped when a limit is exceeded.
  const attempt = (batch: Batch, jobs: ReadonlyArray<FetchDecision.Candidate>, condition: string) =>
    Effect.raceFirst(
      run(batch, jobs, condition),
      Effect.map(
        watch(jobs, (job) => stagingOf(batch, job), batch.staging, batch.session.settings.limits),
        (excess): Ended => ({ _tag: "Stopped", excess })
      )
    )

  // Transfers some jobs, after it has marked them if necessary, and returns those that the schedd counts as transferred. Exit
  // code 0 is no proof: the tool skips jobs that it does not find.
  const transfer = Effect.fnUntraced(function*(
    batch: Batch,
    jobs: ReadonlyArray<FetchDecision.Candidate>,
    isMarked: boolean
  ): Effect.fn.Return<Transferred, BackendError | LocalFailure> {
    const redirect = redirectOf(batch)
    if (redirect === undefined) return { done: none, detail: unsupportedPath }
    const unmarked = isMarked ? undefined : yield* mark(batch, jobs)
    if (unmarked !== undefined) return { done: none, detail: unmarked }
    const named = Constraint.jobs(jobs.map((job) => job.id), JobLookup.keyOf(jobs))
    const result = yield* attempt(batch, jobs, Constraint.all(named, ownedBy(batch), redirect.holds))
    if (result._tag === "Stopped") {
      const excess = yield* result.excess
      if (excess === undefined) return { done: none, detail: "there was too little room at the destination" }
      // The other jobs need the room.
      yield* Effect.ignore(fileSystem.remove(stagingOf(batch, excess.job), { recursive: true, force: true }))
      return { done: none, detail: excess.error.message, excess }
    }
    if (result._tag === "Broken") {
      const { blamed, detail, seconds } = result
      return { done: none, detail, blamed, seconds }
    }
    return {
      done: yield* countedOf(batch.session, jobs, Constraint.all(named, ownedBy(batch))),
      detail: "the schedd does not count the transfer as complete, or somebody else has edited the job"
    }
  })

  return { mark, transfer, attempt, emptied, stagingOf }
})
