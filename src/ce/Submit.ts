/**
 * Submission: one key, and a cluster for each `condor_submit`.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { GridResource } from "../condor/GridUniverse.ts"
import type { JobId } from "../condor/JobId.ts"
import * as ToolFailure from "../condor/ToolFailure.ts"
import * as ToolOutput from "../condor/ToolOutput.ts"
import { HistoryHidden, SubmissionConflict, SubmissionFailed, type SubmitError } from "../contract/BackendError.ts"
import type { SubmitOptions, Submitter } from "../contract/Capability.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import { NewKeys } from "../contract/NewKeys.ts"
import type { Copy, Submission, SubmissionSpec } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import type { Settings } from "./Config.ts"
import * as Known from "./Known.ts"
import * as Part from "./Part.ts"
import * as Reconcile from "./Reconcile.ts"
import { report, type Session, type Sessions } from "./Session.ts"
import * as SubmissionPlan from "./SubmissionPlan.ts"
import * as SubmitDirectory from "./SubmitDirectory.ts"
import type { Temporary } from "./Temporary.ts"

// Clusters of one submission that are submitted at the same time: one is prepared while another is under way.
const submitsAtOnce = 2

// More than any submission has.
const maxCopies = 2_147_483_647

/**
 * The submission service of one CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(
  sessions: Sessions,
  settings: Settings,
  temporary: Temporary,
  grid: GridResource | undefined
) {
  const directories = yield* SubmitDirectory.make(temporary)

  const submitted = (
    session: Session,
    key: SubmissionKey,
    parts: ReadonlyArray<Part.Part>,
    adopted: boolean,
    warnings: Submission["warnings"] = []
  ): Submission => ({
    key,
    handles: Reconcile.handles(session, key, parts),
    failures: [],
    warnings,
    adopted
  })

  // Decides whether the key is free, taken by this very submission, by a part of it, or by another one: the clusters that it
  // has already, and why the history does not show whether there were more.
  const adopt = Effect.fnUntraced(
    function*(
      session: Session,
      key: SubmissionKey,
      copies: number
    ): Effect.fn.Return<
      { readonly there: ReadonlyArray<Part.Part>; readonly hidden: string | undefined },
      SubmitError
    > {
      const conflict = (detail: string) => new SubmissionConflict({ key, detail })
      const { take } = yield* NewKeys
      // No job can have left the queue since a new key was generated: there is no need to search the history.
      const isNew = yield* take(key)
      let state = yield* Known.settled(session, key, copies, isNew)
      if (state._tag === "Spooling") {
        yield* Effect.logWarning(`submission ${key} is half spooled at ${session.endpoint.address}: removing it`)
        yield* Reconcile.abandon(session, key, { first: 0, count: maxCopies }, [])
        state = yield* Known.settled(session, key, copies)
      }
      if (state._tag === "Nothing") return { there: [], hidden: state.hidden }
      if (state._tag === "Spooling") return yield* conflict("its jobs wait for input and cannot be removed")
      const clusters = Array.from(new Set(state.jobs.map(({ id }) => id.cluster))).toSorted((a, b) => a - b)
      if (state.submitted?.copies !== copies) {
        const other = state.submitted?.copies ?? "an unknown number of"
        return yield* conflict(`cluster ${clusters[0]} was submitted with ${other} copies, not ${copies}`)
      }
      const { parts } = state.submitted
      const oldest: Array<Part.Part> = []
      for (const same of Map.groupBy(parts, ({ count, first }) => `${first} ${count}`).values()) {
        const [part, ...others] = same.toSorted((a, b) => a.cluster - b.cluster)
        if (part === undefined) continue
        oldest.push(part)
        if (others.length === 0) continue
        if (!(yield* Reconcile.removeYounger(session, key, part.cluster, others))) {
          return yield* conflict(`it names the clusters ${[part, ...others].map(({ cluster }) => cluster).join(", ")}`)
        }
      }
      return Part.overlap(oldest)
        ? yield* conflict(`its clusters ${clusters.join(", ")} have copies in common`)
        : { there: oldest, hidden: state.hidden }
    }
  )

  // What is there after a condor_submit that did not end well: all of it, if only its end went wrong; otherwise what could
  // not be removed again.
  const afterFailure = Effect.fnUntraced(
    function*(session: Session, key: SubmissionKey, range: Part.Range, printed: ReadonlyArray<JobId>) {
      const { left: leftover, unsure } = yield* Reconcile.abandon(session, key, range, printed)
      const state = yield* Effect.option(Effect.timeoutOption(Known.known(session, key), "10 seconds"))
      const known = Option.getOrUndefined(Option.flatten(state))
      const found = (known?._tag === "Present" ? known.submitted?.parts ?? [] : []).filter((part) =>
        Part.overlap([part, range])
      )
      const [whole] = found
      return {
        leftover,
        doubt: unsure ? ", and the CE did not say what is left of it" : "",
        whole: found.length === 1 && whole !== undefined && Part.isSame(whole, range) ? whole : undefined
      }
    }
  )

  const send = Effect.fnUntraced(
    function*(
      session: Session,
      key: SubmissionKey,
      directory: string,
      range: Part.Range
    ): Effect.fn.Return<Part.Part, SubmitError> {
      const { address, schedd } = session.endpoint
      const args = ["-terse", "-pool", address, "-remote", schedd, SubmitDirectory.descriptionFile]
      const result = yield* session.run("condor_submit", args, {
        cwd: directory,
        timeout: settings.limits.transferTimeout
      }).pipe(
        Effect.catchTag(
          "ToolTimeout",
          ({ message }) =>
            Effect.flatMap(afterFailure(session, key, range, []), ({ doubt, leftover, whole }) =>
              whole === undefined
                ? new SubmissionFailed({
                  endpoint: address,
                  key,
                  detail: `${message}${doubt}`,
                  leftover,
                  report: { tool: "condor_submit", exitCode: 137, output: "" }
                })
                : Effect.succeed(whole))
        )
      )
      if ("cluster" in result) return result
      const jobs = ToolOutput.submittedJobs(result.stdout)
      const [first] = jobs
      if (result.exitCode === 0 && first !== undefined && jobs.length === range.count) {
        // It says so of a command that it does not know, and takes it for a variable.
        const unused = result.stderr.split("\n").filter((line) => line.includes("was unused by condor_submit"))
        if (unused.length > 0) yield* Effect.logWarning(`submission ${key} at ${address}: ${unused.join("; ")}`)
        return { ...range, cluster: first.cluster }
      }
      const { doubt, leftover, whole } = yield* afterFailure(session, key, range, jobs)
      if (whole !== undefined) return whole
      const kind = ToolFailure.classify(result)
      // A job that has a number got past all of these, unless its token expired before its input was spooled; then the whole
      // may be tried again, if nothing is left of it.
      if (first === undefined ? kind !== "Other" : kind === "Authentication" && leftover.length === 0) {
        return yield* Effect.flip(session.explain("condor_submit", result))
      }
      const detail = result.exitCode === 0
        ? `${range.count} jobs were to be submitted and ${jobs.length} were`
        : first === undefined
        ? "condor_submit failed"
        : `the input of cluster ${first.cluster} was not spooled`
      return yield* new SubmissionFailed({
        endpoint: address,
        key,
        detail: `${detail}${doubt}`,
        leftover,
        report: report("condor_submit", result)
      })
    }
  )

  const submitPart = Effect.fnUntraced(
    function*(
      session: Session,
      key: SubmissionKey,
      range: Part.Range,
      prepared: SubmitDirectory.Prepared
    ): Effect.fn.Return<Part.Part, SubmitError, Scope.Scope> {
      const directory = yield* prepared
      return yield* send(session, key, directory, range).pipe(
        // The CE drops a transfer that breaks off, but not one that had yet to begin.
        Effect.onInterrupt(() =>
          Effect.flatMap(
            Reconcile.abandon(session, key, range, []),
            ({ left, unsure }) =>
              left.length === 0 && !unsure ? Effect.void : Effect.logWarning(
                `submission ${key} was interrupted, and ${
                  unsure
                    ? `${session.endpoint.address} did not say what is left of it`
                    : `there is left ${left.join(", ")}`
                }`
              )
          )
        )
      )
    },
    Effect.scoped
  )

  const submit = Effect.fn("Submitter.submit")(
    function*(
      spec: SubmissionSpec,
      copies: ReadonlyArray<Copy>,
      { key, onHiddenHistory = "Warn" }: SubmitOptions
    ): Effect.fn.Return<Submission, SubmitError> {
      // condor_submit of a 25.x client makes one job out of an empty list.
      if (copies.length === 0) return { key, handles: [], failures: [], warnings: [], adopted: false }
      const plan = yield* Effect.fromResult(SubmissionPlan.make(spec, copies, key, settings, grid))
      const directoryOf = yield* directories.forPlan(plan)
      yield* Effect.annotateCurrentSpan({ "htcondor.submission_key": key, "htcondor.jobs": copies.length })
      return yield* sessions.use(
        "submit",
        Effect.fnUntraced(function*(session) {
          yield* Effect.annotateCurrentSpan({ "htcondor.endpoint": session.endpoint.address })
          const expected = { first: 0, count: Math.min(copies.length, settings.maxJobsPerCluster) }
          // Most likely all copies are missing: what their submission needs is made while the CE is asked.
          const early = yield* SubmitDirectory.early(directoryOf(session, expected))
          const { hidden, there } = yield* adopt(session, key, copies.length)
          const missing = Part.split(Part.gaps(there, copies.length), settings.maxJobsPerCluster)
          if (missing.length === 0) return submitted(session, key, there, true)
          if (hidden !== undefined && onHiddenHistory === "Fail") {
            return yield* new HistoryHidden({ endpoint: session.endpoint.address, key, detail: hidden })
          }
          const parts: Array<Part.Part> = [...there]
          const failures: Array<SubmitError> = []
          yield* Effect.forEach(
            missing,
            (range) =>
              Effect.suspend(() =>
                failures.length > 0 ? Effect.void : Effect.match(
                  submitPart(
                    session,
                    key,
                    range,
                    Part.isSame(range, expected)
                      ? early
                      : directoryOf(session, range)
                  ),
                  {
                    onFailure: (error) => void failures.push(error),
                    onSuccess: (part) => void parts.push(part)
                  }
                )
              ),
            { concurrency: submitsAtOnce, discard: true }
          )
          const [failure] = failures
          if (failure !== undefined) return yield* withParts(failure, Reconcile.handles(session, key, parts))
          return submitted(session, key, parts, false, [
            ...yield* warningsFor(session, spec),
            ...(hidden === undefined ? [] : [{ _tag: "HistoryHidden", detail: hidden } as const])
          ])
        }, Effect.scoped)
      )
    }
  )

  const reconcile = Effect.fn("Submitter.reconcile")((key: SubmissionKey) =>
    sessions.use(
      "read",
      Effect.fnUntraced(function*(session) {
        yield* Effect.annotateCurrentSpan({
          "htcondor.endpoint": session.endpoint.address,
          "htcondor.submission_key": key
        })
        return Reconcile.state(session, key, yield* Known.known(session, key))
      })
    )
  )

  return { submit, reconcile } satisfies Submitter["Service"]
})

// A job may wait for long, and then need more: this is the least that can be said.
const warningsFor = ({ proxy }: Session, { resources }: SubmissionSpec): Effect.Effect<Submission["warnings"]> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    const wallTimeSeconds = resources?.wallTimeSeconds
    return proxy === undefined || wallTimeSeconds === undefined ||
        DateTime.toEpochMillis(proxy.expiresAt) >= now + wallTimeSeconds * 1000
      ? []
      : [{ _tag: "CredentialExpiresEarly", kind: "X509Proxy", expiresAt: proxy.expiresAt, wallTimeSeconds }]
  })

// The clusters that were submitted whole stay, for the next try with the same key.
const withParts = (error: SubmitError, handles: ReadonlyArray<JobHandle>): SubmitError =>
  error._tag === "SubmissionFailed" && handles.length > 0
    ? new SubmissionFailed({
      endpoint: error.endpoint,
      key: error.key,
      detail: error.detail,
      leftover: [...handles.map(({ job }) => job), ...error.leftover],
      report: error.report
    })
    : error
