/**
 * Following jobs to their end, with one line that says how far they are.
 *
 * @since 0.1.0
 */
import * as Console from "effect/Console"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { StatusReporter } from "../contract/Capability.ts"
import type { StatusError } from "../contract/JobError.ts"
import type { JobHandle } from "../contract/JobHandle.ts"
import * as JobStatus from "../contract/JobStatus.ts"
import * as Outcomes from "../contract/Outcomes.ts"
import { canRepeat } from "../contract/Retry.ts"
import * as Output from "./Output.ts"
import * as Printable from "./Printable.ts"

const text = (outcomes: Outcomes.Outcomes<JobStatus.JobStatus, StatusError>): string =>
  Output.counts(
    Outcomes.match(outcomes, { onSuccess: ({ _tag }) => _tag, onFailure: ({ _tag }) => _tag })
  )

/**
 * A line on stderr. On a terminal it is written over and over, elsewhere there is a new one when it differs.
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

const isOpen = (outcome: Result.Result<JobStatus.JobStatus, StatusError>): boolean =>
  Result.match(outcome, { onSuccess: (status) => !JobStatus.isTerminal(status), onFailure: canRepeat })

/**
 * Waits until nothing more will happen to any of the jobs by itself. A job that cannot be followed has its failure for
 * an outcome, and the others are followed on.
 *
 * @category combinators
 * @since 0.1.0
 */
export const follow = Effect.fn("cli.Progress.follow")(
  function*(handles: ReadonlyArray<JobHandle>, interval: Duration.Input) {
    const reporter = yield* StatusReporter
    const show = yield* line
    const state = yield* Ref.make(yield* reporter.status(handles))
    const showState = Effect.flatMap(Ref.get(state), (outcomes) => show(text(outcomes)))

    yield* showState
    const open = Array.from(yield* Ref.get(state)).flatMap(([handle, outcome]) => isOpen(outcome) ? [handle] : [])
    yield* reporter.watch(open, { interval }).pipe(
      Stream.runForEachArray((changes) =>
        Ref.update(
          state,
          (outcomes) =>
            Outcomes.fromIterable([...outcomes, ...changes.map(({ handle, outcome }) => [handle, outcome] as const)])
        ).pipe(Effect.andThen(showState))
      )
    )
    return yield* Ref.get(state)
  },
  Effect.scoped
)
