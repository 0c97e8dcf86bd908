/**
 * Submission: one `condor_submit`, one cluster, one key.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { JobId } from "../condor/JobId.ts"
import * as SubmitDescription from "../condor/SubmitDescription.ts"
import * as ToolFailure from "../condor/ToolFailure.ts"
import * as ToolOutput from "../condor/ToolOutput.ts"
import {
  InvalidSubmission,
  type LocalFailure,
  SubmissionConflict,
  SubmissionFailed,
  type SubmitError
} from "../contract/BackendError.ts"
import type { Submitter } from "../contract/Capability.ts"
import type { Copy, Submission, SubmissionSpec } from "../contract/Submission.ts"
import type { SubmissionKey } from "../contract/SubmissionKey.ts"
import { localFailure } from "./Channel.ts"
import type { Settings } from "./Config.ts"
import * as PrivateFile from "./PrivateFile.ts"
import * as Reconcile from "./Reconcile.ts"
import { report, type Session, type Sessions } from "./Session.ts"
import * as SubmissionPlan from "./SubmissionPlan.ts"
import type { Temporary } from "./Temporary.ts"

const descriptionFile = "submission.sub"

/**
 * The submission service of one CE.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(sessions: Sessions, settings: Settings, temporary: Temporary) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const requireFile = (source: string, field: string, executable = false): Effect.Effect<string, InvalidSubmission> =>
    fileSystem.stat(source).pipe(
      Effect.mapError((error) => new InvalidSubmission({ field, detail: error.reason.message })),
      Effect.filterOrFail(
        (info) => info.type === "File",
        (info) => new InvalidSubmission({ field, detail: `${source} is no regular file but a ${info.type}` })
      ),
      Effect.filterOrFail(
        (info) => !executable || (info.mode & 0o100) !== 0,
        () => new InvalidSubmission({ field, detail: `${source} is not executable, and is not made so in a container` })
      ),
      Effect.as(path.resolve(source))
    )

  // Where the caller's files are. Asked before the CE is, so that a wrong name is refused whatever the CE does.
  const locate = Effect.fnUntraced(function*(plan: SubmissionPlan.SubmissionPlan) {
    const executable = yield* requireFile(plan.executable.source, "executable", plan.executable.launched)
    const inputs = yield* Effect.forEach(
      plan.inputs,
      ({ field, name, source }) => Effect.map(requireFile(source, field), (absolute) => ({ name, absolute }))
    )
    return { executable, inputs }
  })

  // A private directory with everything that condor_submit reads, under names that its language can carry. Files of the
  // caller are linked and not copied.
  const materialise = Effect.fnUntraced(
    function*(
      plan: SubmissionPlan.SubmissionPlan,
      proxy: Session["proxy"],
      { executable, inputs }: Effect.Success<ReturnType<typeof locate>>
    ): Effect.fn.Return<string, PlatformError.PlatformError, Scope.Scope> {
      const directory = yield* temporary.scoped("submit")
      yield* fileSystem.makeDirectory(path.join(directory, "inputs"), { mode: 0o700 })
      const place = plan.executable.launched ? path.join(directory, "inputs") : directory
      yield* fileSystem.symlink(executable, path.join(place, plan.executable.name))
      yield* Effect.forEach(
        inputs,
        ({ absolute, name }) => fileSystem.symlink(absolute, path.join(directory, "inputs", name))
      )
      if (plan.description.copyInputs) {
        yield* Effect.forEach(
          plan.secrets,
          (files, copy) => writeSecrets(path.join(directory, "copies", `${copy}`), files),
          { concurrency: 16, discard: true }
        )
      }
      if (plan.description.proxy !== undefined && proxy !== undefined) {
        const file = path.join(directory, plan.description.proxy)
        yield* PrivateFile.write(fileSystem, file, new TextEncoder().encode(Redacted.value(proxy.text)))
      }
      yield* fileSystem.writeFileString(
        path.join(directory, descriptionFile),
        SubmitDescription.toText(plan.description),
        { mode: 0o600, flag: "wx" }
      )
      return directory
    }
  )

  const writeSecrets = Effect.fnUntraced(
    function*(directory: string, files: SubmissionPlan.SubmissionPlan["secrets"][number]) {
      yield* fileSystem.makeDirectory(directory, { recursive: true, mode: 0o700 })
      for (const [name, secret] of files) {
        const content = Redacted.value(secret)
        const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
        yield* fileSystem.writeFile(path.join(directory, name), bytes, { mode: 0o600, flag: "wx" })
      }
    }
  )

  const submitted = (
    session: Session,
    key: SubmissionKey,
    cluster: number,
    copies: number,
    adopted: boolean
  ): Submission => ({
    key,
    handles: Reconcile.handles(session, key, cluster, copies),
    failures: [],
    warnings: [],
    adopted
  })

  // Decides whether the key is free (undefined), taken by this very submission, or by another one.
  const adopt = Effect.fnUntraced(
    function*(
      session: Session,
      key: SubmissionKey,
      copies: number
    ): Effect.fn.Return<Submission | undefined, SubmitError> {
      let state = yield* Reconcile.settled(session, key)
      if (state._tag === "Spooling") {
        yield* Effect.logWarning(`submission ${key} is half spooled at ${session.endpoint.address}: removing it`)
        yield* Reconcile.abandon(session, key, [])
        state = yield* Reconcile.settled(session, key)
      }
      if (state._tag === "Nothing") return undefined
      if (state._tag === "Spooling") {
        return yield* new SubmissionConflict({ key, detail: "its jobs wait for input and cannot be removed" })
      }
      const [cluster, ...others] = state.clusters
      if (cluster === undefined) return undefined
      if (others.length > 0 && !(yield* Reconcile.removeYounger(session, key, state.clusters))) {
        return yield* new SubmissionConflict({ key, detail: `it names the clusters ${state.clusters.join(", ")}` })
      }
      if (state.copies !== copies) {
        return yield* new SubmissionConflict({
          key,
          detail: `cluster ${cluster} was submitted with ${
            state.copies ?? "an unknown number of"
          } copies, not ${copies}`
        })
      }
      return submitted(session, key, cluster, copies, true)
    }
  )

  // What is there after a condor_submit that did not end well: all of it, if only its end went wrong; otherwise what could
  // not be removed again.
  const afterFailure = Effect.fnUntraced(
    function*(session: Session, key: SubmissionKey, printed: ReadonlyArray<JobId>, copies: number) {
      const leftover = yield* Reconcile.abandon(session, key, printed)
      const state = yield* Effect.option(Effect.timeoutOption(Reconcile.known(session, key), "10 seconds"))
      const known = Option.getOrUndefined(Option.flatten(state))
      const complete = known?._tag === "Complete" ? known : undefined
      const [cluster, ...others] = complete?.clusters ?? []
      return {
        leftover,
        whole: cluster !== undefined && others.length === 0 && complete?.copies === copies
          ? submitted(session, key, cluster, copies, false)
          : undefined
      }
    }
  )

  const send = Effect.fnUntraced(
    function*(
      session: Session,
      key: SubmissionKey,
      directory: string,
      copies: number
    ): Effect.fn.Return<Submission, SubmitError> {
      const { address, schedd } = session.endpoint
      const args = ["-terse", "-pool", address, "-remote", schedd, descriptionFile]
      const result = yield* session.run("condor_submit", args, {
        cwd: directory,
        timeout: settings.limits.transferTimeout
      }).pipe(
        Effect.catchTag(
          "ToolTimeout",
          ({ message }) =>
            Effect.flatMap(afterFailure(session, key, [], copies), ({ leftover, whole }) =>
              whole === undefined
                ? new SubmissionFailed({
                  endpoint: address,
                  key,
                  detail: message,
                  leftover,
                  report: { tool: "condor_submit", exitCode: 137, output: "" }
                })
                : Effect.succeed(whole))
        )
      )
      if ("handles" in result) return result
      const jobs = ToolOutput.submittedJobs(result.stdout)
      const [first] = jobs
      if (result.exitCode === 0 && first !== undefined && jobs.length === copies) {
        // It says so of a command that it does not know, and takes it for a variable.
        const unused = result.stderr.split("\n").filter((line) => line.includes("was unused by condor_submit"))
        if (unused.length > 0) yield* Effect.logWarning(`submission ${key} at ${address}: ${unused.join("; ")}`)
        return submitted(session, key, first.cluster, copies, false)
      }
      const { leftover, whole } = yield* afterFailure(session, key, jobs, copies)
      if (whole !== undefined) return whole
      const kind = ToolFailure.classify(result)
      // A job that has a number got past all of these, unless its token expired before its input was spooled; then the whole
      // may be tried again, if nothing is left of it.
      if (first === undefined ? kind !== "Other" : kind === "Authentication" && leftover.length === 0) {
        return yield* Effect.flip(session.explain("condor_submit", result))
      }
      const detail = result.exitCode === 0
        ? `${copies} jobs were to be submitted and ${jobs.length} were`
        : first === undefined
        ? "condor_submit failed"
        : `the input of cluster ${first.cluster} was not spooled`
      return yield* new SubmissionFailed({
        endpoint: address,
        key,
        detail,
        leftover,
        report: report("condor_submit", result)
      })
    }
  )

  const submit = Effect.fn("Submitter.submit")(
    function*(
      spec: SubmissionSpec,
      copies: ReadonlyArray<Copy>,
      { key }: { readonly key: SubmissionKey }
    ): Effect.fn.Return<Submission, SubmitError> {
      // condor_submit of a 25.x client makes one job out of an empty list.
      if (copies.length === 0) return { key, handles: [], failures: [], warnings: [], adopted: false }
      const plan = yield* Effect.fromResult(SubmissionPlan.make(spec, copies, key, settings))
      const located = yield* locate(plan)
      yield* Effect.annotateCurrentSpan({ "htcondor.submission_key": key, "htcondor.jobs": copies.length })
      return yield* sessions.use(
        "submit",
        Effect.fnUntraced(function*(session) {
          yield* Effect.annotateCurrentSpan({ "htcondor.endpoint": session.endpoint.address })
          const adopted = yield* adopt(session, key, copies.length)
          if (adopted !== undefined) return adopted
          const directory = yield* materialise(plan, session.proxy, located).pipe(
            Effect.catchTag(
              "PlatformError",
              (error): Effect.Effect<never, LocalFailure> => Effect.fail(localFailure("submit directory", error))
            )
          )
          const submission = yield* send(session, key, directory, copies.length).pipe(
            // The CE drops a transfer that breaks off, but not one that had yet to begin.
            Effect.onInterrupt(() => Reconcile.abandon(session, key, []))
          )
          return { ...submission, warnings: yield* warningsFor(session, spec) }
        })
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
        return Reconcile.state(session, key, yield* Reconcile.known(session, key))
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
