/**
 * One transfer of the output of some jobs to a private directory, and what can be believed of it.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type { ToolResult } from "../condor/CondorTool.ts"
import * as Constraint from "../condor/Constraint.ts"
import * as ToolFailure from "../condor/ToolFailure.ts"
import type { BackendError, LocalFailure } from "../contract/BackendError.ts"
import { localFailure } from "./Channel.ts"
import * as Lookup from "./Lookup.ts"
import * as Retrieval from "./Retrieval.ts"
import type { Session } from "./Session.ts"

/**
 * Some jobs, with a directory of their own, and the mark by which the schedd tells their transfer from that of another
 * process: whoever marked a job last has it, and all others' transfers and removals pass it over.
 *
 * @category models
 * @since 0.1.0
 */
export interface Batch {
  readonly session: Session
  readonly staging: string
  readonly nonce: string
}

/**
 * The condition that a completed job is still this batch's.
 *
 * @category constructors
 * @since 0.1.0
 */
export const mine = ({ nonce }: Batch): string => `JobStatus == 4 && EffectCEFetch == "${nonce}"`

/**
 * What transfers output from a CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.gen(function*() {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  // Points each job's own files to its directory below `staging`, and takes the job over from any other fetch of it. The
  // schedd copies SUBMIT_X over X when it tells a client where to put what, and evaluates the expression for each job.
  const redirect = Effect.fnUntraced(function*(batch: Batch, jobs: ReadonlyArray<Retrieval.Candidate>) {
    const literal = Constraint.stringLiteral(`${batch.staging}/`)
    if (literal === undefined) return "the destination's path has a character that HTCondor cannot carry"
    const directory = `strcat(${literal},string(ClusterId),".",string(ProcId)`
    const result = yield* batch.session.run("condor_qedit", [
      ...Lookup.address(batch.session),
      "-constraint",
      Constraint.all(Constraint.jobs(jobs.map((job) => job.id), Lookup.keyOf(jobs)), "JobStatus == 4"),
      "EffectCEFetch",
      `"${batch.nonce}"`,
      "SUBMIT_Iwd",
      `${directory})`,
      "SUBMIT_UserLog",
      `${directory},"/",UserLog)`,
      "SUBMIT_TransferOutputRemaps",
      "\"\""
    ])
    return result.exitCode === 0 ? undefined : yield* problem(batch.session, "condor_qedit", result)
  })

  // The words of a failure that may be one job's own, or the failure of the whole operation.
  const problem = Effect.fnUntraced(function*(
    session: Session,
    tool: "condor_qedit" | "condor_transfer_data",
    result: ToolResult
  ): Effect.fn.Return<string, BackendError> {
    if (ToolFailure.classify(result) === "Other") return ToolFailure.words(result)
    return yield* Effect.flip(session.explain(tool, result))
  })

  const stagingOf = ({ staging }: Batch, job: Retrieval.Candidate) => path.join(staging, String(job.id))

  // Transfers some jobs, and says which the schedd counts as transferred. Exit code 0 says nothing: the tool passes over
  // jobs that it does not find. The schedd writes its note after the tool has ended.
  const transfer = Effect.fnUntraced(function*(
    batch: Batch,
    jobs: ReadonlyArray<Retrieval.Candidate>
  ): Effect.fn.Return<{ readonly done: ReadonlySet<string>; readonly detail: string }, BackendError | LocalFailure> {
    const { session } = batch
    for (const job of jobs) {
      const directory = stagingOf(batch, job)
      yield* fileSystem.remove(directory, { recursive: true, force: true }).pipe(
        // With its parent, which another fetch may have swept away as it was empty.
        Effect.andThen(fileSystem.makeDirectory(directory, { mode: 0o700, recursive: true })),
        Effect.mapError((error) => localFailure(directory, error))
      )
    }
    const ids = jobs.map((job) => job.id)
    const none = new Set<string>()
    const refused = yield* redirect(batch, jobs)
    if (refused !== undefined) return { done: none, detail: refused }
    const result = yield* session.run(
      "condor_transfer_data",
      [...Lookup.address(session), "-constraint", Constraint.all(Constraint.jobs(ids), mine(batch))],
      { timeout: session.settings.limits.transferTimeout }
    ).pipe(
      // The time is over for one job of many, and not for the operation.
      Effect.catchTag("ToolTimeout", (error) => Effect.succeed({ exitCode: 1, stdout: "", stderr: error.message }))
    )
    if (result.exitCode !== 0) {
      return { done: none, detail: yield* problem(session, "condor_transfer_data", result) }
    }
    const done = yield* Effect.repeat(
      Effect.map(Lookup.ownQueue(session, Constraint.all(Constraint.jobs(ids), mine(batch))), (ads) =>
        new Set(
          ads.flatMap(({ ad, id }) =>
            Result.isSuccess(ad) && Retrieval.transferCompleted(ad.success) ? [String(id)] : []
          )
        )),
      {
        schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo({ times: 10 })),
        until: (set) => set.size === ids.length
      }
    )
    return { done, detail: "the schedd does not count the transfer as complete, or another fetch has taken over" }
  })

  return { transfer, stagingOf }
})
