/**
 * Measures how long the tools of one schedd wait and run.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Metrics from "../../contract/Metrics.ts"
import type { Throttle } from "./ToolThrottle.ts"

const seconds = (from: bigint, to: bigint): number => Number(to - from) / 1e9

/**
 * Makes a throttle that also measures how long each tool waits for its turn.
 *
 * @category combinators
 * @since 0.1.0
 */
export const waiting = (endpoint: string, throttle: Throttle): Throttle => (work, tool) =>
  Effect.flatMap(Clock.monotonicTimeNanos, (asked) =>
    throttle(
      work,
      Effect.flatMap(Clock.monotonicTimeNanos, (now) =>
        Effect.andThen(
          Metric.update(Metric.withAttributes(Metrics.toolWaiting, { endpoint, work }), seconds(asked, now)),
          tool
        ))
    ))

/**
 * Measures one run of a tool.
 *
 * @category combinators
 * @since 0.1.0
 */
export const timed =
  (endpoint: string, tool: string) =>
  <A extends { readonly exitCode: number }, E extends { readonly _tag: string }, R>(
    run: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.flatMap(Clock.monotonicTimeNanos, (began) =>
      Effect.onExit(run, (exit) => {
        const outcome = Exit.isSuccess(exit)
          ? exit.value.exitCode === 0 ? "Success" : "Exited"
          : Option.match(Exit.findErrorOption(exit), { onNone: () => "Interrupted", onSome: ({ _tag }) => _tag })
        return Effect.flatMap(
          Clock.monotonicTimeNanos,
          (now) => Metric.update(Metric.withAttributes(Metrics.tools, { endpoint, tool, outcome }), seconds(began, now))
        )
      }))
