/**
 * Follows jobs to their end, and reports their progress.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type { BackendError } from "../contract/BackendError.ts"
import { StatusReporter } from "../contract/Capability.ts"
import { type StatusError, WaitTimedOut } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as JobStatus from "../contract/JobStatus.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import * as Printable from "./Printable.ts"
import * as Selection from "./Selection.ts"
import * as Verdict from "./Verdict.ts"

/**
 * A progress line on stderr. A terminal shows one line that is overwritten; elsewhere each different text is a new line.
 *
 * @category constructors
 * @since 0.1.0
 */
export const line = Effect.gen(function*() {
  const stdio = yield* Stdio.Stdio
  const terminal = yield* stdio.stderrIsTerminal
  const last = yield* Ref.make("")
  const write = (text: string) => Effect.ignore(Stream.run(Stream.make(text), stdio.stderr({ endOnDone: false })))
  if (terminal) yield* Effect.addFinalizer(() => write("\n"))
  return Effect.fnUntraced(function*(text: string) {
    if ((yield* Ref.getAndSet(last, text)) === text) return
    yield* terminal ? write(`\r\u001b[2K${Printable.escape(text)}`) : Console.error(text)
  })
})

/**
 * The latest outcome of a job.
 *
 * @category models
 * @since 0.1.0
 */
export interface Known {
  readonly handle: JobHandle
  readonly outcome: Result.Result<JobStatus.JobStatus, StatusError | BackendError | WaitTimedOut>
}

/**
 * Shows changes. It gets the changes, and all jobs after these. The first changes are all jobs.
 *
 * @category models
 * @since 0.1.0
 */
export type Display = (
  changes: ReadonlyArray<Known & { readonly previous?: Known["outcome"] | undefined }>,
  jobs: ReadonlyMap<string, Known>
) => Effect.Effect<void>

/**
 * Why a watch has ended.
 *
 * - `Reached`: all jobs have reached the state that the caller waits for
 * - `OnlyHeld`: only held jobs have not
 * - `TimedOut`: the time limit is over
 * - `Unfollowed`: the jobs that are left cannot be followed
 *
 * @category models
 * @since 0.1.0
 */
export type Reason = "Reached" | "OnlyHeld" | "TimedOut" | "Unfollowed"

/**
 * True for a job that has ended, or whose status will never be known.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasEnded = (outcome: Known["outcome"]): boolean => ["Succeeded", "Failed"].includes(Verdict.of(outcome))

/**
 * True for a job that runs or has run.
 *
 * @category guards
 * @since 0.1.0
 */
export const hasStarted = (outcome: Known["outcome"]): boolean =>
  hasEnded(outcome) || Result.isSuccess(outcome) && JobStatus.hasStarted(outcome.success)

/**
 * - `interval`: the shortest pause between two queries
 * - `reached`: true for a job in the state that the caller waits for
 * - `display`: shows the changes
 * - `timeout`: the time limit (default: none)
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly interval: Duration.Input
  readonly reached: (outcome: Known["outcome"]) => boolean
  readonly display: Display
  readonly timeout?: Duration.Duration | undefined
}

/**
 * Follows jobs until `reached` is true for all of them, or for all but held ones. Returns the reason and the latest outcomes. A job
 * that cannot be followed has its failure as outcome. If one of several CEs fails, so have all of its jobs, and the watch of the
 * others continues. If the only CE fails, this fails.
 *
 * @category combinators
 * @since 0.1.0
 */
export const follow = Effect.fn("cli.Progress.follow")(function*(selection: Selection.Selection, options: Options) {
  const jobs = new Map<string, Known>()
  const done = yield* Deferred.make<Reason>()

  const left = () => Array.from(jobs.values()).filter(({ outcome }) => !options.reached(outcome))
  const decide = Effect.suspend(() => {
    const onTheWay = left()
    if (onTheWay.length === 0) return Deferred.succeed(done, "Reached" as const)
    return onTheWay.every(({ outcome }) => Verdict.of(outcome) === "Held")
      ? Deferred.succeed(done, "OnlyHeld" as const)
      : Effect.void
  })
  const update = Effect.fnUntraced(function*(news: ReadonlyArray<Known>) {
    const changes = news.flatMap(({ handle, outcome }) => {
      const previous = jobs.get(String(handle))?.outcome
      if (previous !== undefined && Equal.equals(previous, outcome)) return []
      jobs.set(String(handle), { handle, outcome })
      return [{ handle, outcome, previous }]
    })
    if (changes.length === 0) return
    yield* options.display(changes, jobs)
    yield* decide
  })

  const watch = Effect.fnUntraced(function*({ capabilities, handles }: Selection.Group) {
    const open = () =>
      handles.flatMap((handle) => {
        const known = jobs.get(String(handle))
        return known === undefined || hasEnded(known.outcome) ? [] : [known]
      })
    const known = () =>
      open().flatMap(({ handle, outcome }) => Result.isSuccess(outcome) ? [[handle, outcome.success] as const] : [])
    // A watch queries at once, and the CE has just answered: the watch begins one interval later, with that answer.
    const watched = Stream.unwrap(
      StatusReporter.useSync(({ watch }) =>
        watch(open().map(({ handle }) => handle), { interval: options.interval, known: known() })
      )
    ).pipe(Stream.runForEachArray(update), Effect.delay(options.interval), Effect.provide(capabilities))
    // Jobs that have ended keep their outcome.
    yield* selection.groups.length === 1
      ? watched
      : Effect.catch(
        watched,
        (error) => update(open().map(({ handle }) => ({ handle, outcome: Result.fail(error) })))
      )
  })
  const watchAll = Effect.map(
    Effect.forEach(selection.groups, watch, { concurrency: "unbounded", discard: true }),
    (): Reason => left().length === 0 ? "Reached" : "Unfollowed"
  )
  const followed = Effect.gen(function*() {
    const first = yield* Selection.each(selection, (handles) => StatusReporter.use(({ status }) => status(handles)))
    yield* update(
      selection.handles.flatMap((handle) =>
        Option.match(Outcomes.get(first, handle), { onNone: () => [], onSome: (outcome) => [{ handle, outcome }] })
      )
    )
    yield* decide
    // No second query if all jobs are there already.
    return yield* (yield* Deferred.isDone(done))
      ? Deferred.await(done)
      : Effect.raceFirst(watchAll, Deferred.await(done))
  })
  const { timeout } = options
  const reason = yield* timeout === undefined ? followed : Effect.timeoutOrElse(followed, {
    duration: timeout,
    orElse: () => Effect.succeed<Reason>("TimedOut")
  })
  // The CE has not answered for this job before the timeout.
  const unheard = (handle: JobHandle) =>
    Result.fail(new WaitTimedOut({ handle, seconds: timeout === undefined ? 0 : Duration.toSeconds(timeout) }))
  return {
    reason,
    outcomes: Outcomes.fromIterable(
      selection.handles.map((handle) => [handle, jobs.get(String(handle))?.outcome ?? unheard(handle)] as const)
    )
  }
})
