/**
 * One transfer of the output of some jobs to a private directory, and what can be believed of it.
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
 * Some jobs, with a directory of their own, and the mark by which the schedd tells their transfer from that of another
 * process: whoever marked a job last has it, and all others' transfers and removals pass it over.
 */
export interface Batch {
  readonly session: Session
  readonly staging: string
  readonly fetchId: string
}

/**
 * What came of a transfer.
 *
 * - `done`: the jobs that the schedd counts as transferred
 * - `blamed`: the job at which the tool gave up, if it said so
 * - `seconds`: after how long the tool was killed, if it took too long
 * - `excess`: the job for which the tool was killed, because there was more of its output than is accepted, and the failure
 * - `detail`: what to tell of the others
 */
export interface Transferred {
  readonly done: ReadonlySet<string>
  readonly blamed?: string | undefined
  readonly seconds?: number | undefined
  readonly excess?: Excess.Excess | undefined
  readonly detail: string
}

/**
 * The condition that a completed job is still this batch's.
 */
export const ownedBy = ({ fetchId }: Batch): string => `JobStatus == 4 && ${OwnAttributes.hasMark(fetchId)}`

const none: ReadonlySet<string> = new Set()

/**
 * How a run of a tool ended. It was stopped where there was too much output. `isFileMissing`: files were to be sent that are not
 * there, and all others were.
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

// What tells that the transfer of a marked job is complete.
const noted: ReadonlyArray<string> = ["ClusterId", "ProcId", "JobStatus", "StageOutFinish"]

/**
 * Why nothing can be transferred to a path that an expression cannot carry.
 */
export const unsupportedPath = "the destination's path has a character that HTCondor cannot carry"

/**
 * Where the files of each job go, as expressions over its ad.
 *
 * - `edits`: what to set, so that all of a job's files go to its directory below the batch's
 * - `holds`: the condition that it is still so, and that no other attribute points elsewhere. The schedd looks when the
 *   transfer begins, so that whoever has edited a job in the meantime has no file written anywhere else.
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
 * The schedd copies `SUBMIT_X` over `X` when it tells a client where to put what (`DCSchedd::receiveJobSandbox`).
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

// Points some jobs' files to their directories below the batch's.
const markJobs = (
  { fetchId, session }: Batch,
  jobs: ReadonlyArray<FetchDecision.Candidate>,
  { edits }: Redirect
) =>
  session.edit(
    Constraint.all(
      Constraint.jobs(jobs.map((job) => job.id), JobLookup.keyOf(jobs)),
      "JobStatus == 4",
      OwnAttributes.hasFormat
    ),
    [
      [OwnAttributes.names.fetch, `"${fetchId}"`],
      // The schedd sets it when a transfer is complete: with this mark beside it, no clocks need to be compared.
      ["StageOutFinish", "undefined"],
      ...edits
    ]
  )

// Transfers what satisfies a condition, of some jobs whose files go to the batch's directory, until it ends.
const run = (
  { session, staging }: Batch,
  jobs: ReadonlyArray<FetchDecision.Candidate>,
  condition: string
): Effect.Effect<Ended, BackendError | LocalFailure> => {
  const { jobTransferTimeout, transferTimeout } = session.settings.limits
  const timeout = jobs.length === 1 ? jobTransferTimeout : transferTimeout
  return session.transfer(condition, { timeout, directory: staging }).pipe(
    Effect.as<Ended>({ _tag: "Complete" }),
    // The time is over for one job of many, and not for the operation.
    Effect.catchTags({
      TimedOut: ({ message, seconds }) => Effect.succeed<Ended>({ _tag: "Broken", detail: message, seconds }),
      JobsRefused: ({ blamed, detail, missing }) =>
        Effect.succeed<Ended>({ _tag: "Broken", detail, blamed, isFileMissing: missing })
    })
  )
}

// Those of some jobs that the schedd counts as transferred, by their numbers. It writes its note after the tool has ended.
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
 * What transfers output from a CE.
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const watch = yield* Excess.make
  const path = yield* Path.Path

  const stagingOf = ({ staging }: Batch, job: FetchDecision.Candidate) => path.join(staging, String(job.id))

  // A new directory, whatever an earlier attempt has left. Nobody else gets as far as to it; its mode is for its place.
  const emptied = (directory: string) => {
    const made = fileSystem.makeDirectory(directory, { mode: 0o755 })
    return made.pipe(
      Effect.catchIf(
        ({ reason }) => reason._tag === "AlreadyExists",
        () => Effect.andThen(fileSystem.remove(directory, { recursive: true }), made)
      ),
      Effect.mapError((error) => localFailure(directory, error))
    )
  }

  // Points some jobs' files to new directories below the batch's. Gives why that could not be done, if it was only for them.
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

  // The same as `run`, until it exceeds a limit.
  const attempt = (batch: Batch, jobs: ReadonlyArray<FetchDecision.Candidate>, condition: string) =>
    Effect.raceFirst(
      run(batch, jobs, condition),
      Effect.map(
        watch(jobs, (job) => stagingOf(batch, job), batch.staging, batch.session.settings.limits),
        (excess): Ended => ({ _tag: "Stopped", excess })
      )
    )

  // Transfers some jobs, which are marked unless they are so already, and says which the schedd counts as transferred. Exit
  // code 0 says nothing: the tool passes over jobs that it does not find.
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
      // Its neighbours need the room.
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
