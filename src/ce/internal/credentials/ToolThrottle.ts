/**
 * How many tools run at one time for one CE: as many as it answers in good time.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { ToolError } from "../../../condor/tools/CondorTool.ts"
import type { Settings } from "../../Config.ts"

/**
 * Runs a tool when its turn has come; `isSuspect` says that the CE did not answer the last one. `isTold` says whether this
 * one tells how fast the CE is, from when the tool `begins`: it may have waited for others that ask other CEs.
 */
export type Pace = <A, E extends { readonly _tag: string }>(
  isTold: boolean,
  run: (isSuspect: boolean, begins: Effect.Effect<void>) => Effect.Effect<A, E | ToolError>
) => Effect.Effect<A, E | ToolError>

/**
 * Whether tools start without waiting for their turn. `submit` has ten seconds to take back what a failed submission has left.
 */
export const Urgent = Context.Reference("effect-htcondor-ce/ce/Pace/Urgent", { defaultValue: () => false })

/**
 * Makes the pace of one CE.
 *
 * **Details**
 *
 * A tool that does not end in time leaves room for one tool at a time; one that took longer than `slowAfter` for one less than
 * before, and so did one that nobody waited for any longer; each that was faster makes room for one more, up to
 * `maxConcurrent`. So tools do not pile up at a CE that is slow or hangs, and the first answer of one that is well again
 * restores it within a few calls. What does not tell how fast the CE is counts towards `maxConcurrent`, too, and leaves one
 * place of it for questions, if there is more than one: transfers last long, and questions tell when the CE is well again.
 */
export const make = Effect.fnUntraced(function*(settings: Pick<Settings, "maxConcurrent" | "slowAfter">) {
  const all = yield* Semaphore.make(settings.maxConcurrent)
  const questions = yield* Semaphore.make(settings.maxConcurrent)
  const transfers = yield* Semaphore.make(Math.max(1, settings.maxConcurrent - 1))
  const slow = Duration.toMillis(settings.slowAfter)
  let room = settings.maxConcurrent
  let isSuspect = false

  const adjust = (next: number): Effect.Effect<void> => {
    const bounded = Math.min(Math.max(next, 1), settings.maxConcurrent)
    if (bounded === room) return Effect.void
    room = bounded
    return questions.resize(bounded)
  }

  const told: Pace = (_, run) =>
    Effect.gen(function*() {
      let began = yield* Clock.currentTimeMillis
      const begins = Effect.map(Clock.currentTimeMillis, (now) => {
        began = now
      })
      return yield* run(isSuspect, begins).pipe(
        Effect.tap(() =>
          Effect.flatMap(Clock.currentTimeMillis, (ended) => {
            isSuspect = false
            return adjust(ended - began > slow ? room - 1 : room + 1)
          })
        ),
        Effect.tapError((error) => {
          if (error._tag !== "ToolTimedOut") return Effect.void
          isSuspect = true
          return adjust(1)
        }),
        // Who asks may be less patient than the tool.
        Effect.onInterrupt(() =>
          Effect.flatMap(Clock.currentTimeMillis, (ended) => {
            if (ended - began <= slow) return Effect.void
            isSuspect = true
            return adjust(room - 1)
          })
        )
      )
    }).pipe(all.withPermit, questions.withPermit)

  const pace: Pace = (isTold, run) => {
    const untold = Effect.suspend(() => run(isSuspect, Effect.void))
    return Effect.flatMap(
      Urgent,
      (isUrgent) => isUrgent ? untold : isTold ? told(isTold, run) : untold.pipe(all.withPermit, transfers.withPermit)
    )
  }

  return pace
})
