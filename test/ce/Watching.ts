/** A CE with nothing but the status of jobs: its answers, and the times of its queries. */
import { it } from "@effect/vitest"
import { Clock, Effect, Random, Result, type Scope, Stream } from "effect"
import type { BackendError } from "../../src/contract/BackendError.ts"
import type { StatusChange } from "../../src/contract/Capability.ts"
import { type JobHandle, JobStatus, Outcomes } from "../../src/index.ts"
import { removed } from "../contract/Statuses.ts"
import { handle } from "./Scripted.ts"

const { cases } = JobStatus.JobStatus

export const states = {
  Waiting: cases.Waiting.make({}),
  Running: cases.Running.make({}),
  Suspended: cases.Suspended.make({}),
  Completed: cases.Completed.make({ exit: { _tag: "Code", code: 0 }, output: "Kept" }),
  Removed: removed({ reason: "by the site" }),
  Unknown: cases.Unknown.make({})
} as const

export type State = keyof typeof states

export const jobs = (...procs: ReadonlyArray<number>) => procs.map((proc) => handle(`7.${proc}`))

/** A test in which the random part of each pause is the same in every run. */
export const effect = <A, E>(name: string, body: () => Effect.Effect<A, E, Scope.Scope>) =>
  it.effect(name, () => Random.withSeed(body(), name))

export const seconds = Effect.map(Clock.currentTimeMillis, (milliseconds) => milliseconds / 1_000)

export interface Poll {
  readonly began: number
  ended: number | undefined
  readonly procs: ReadonlyArray<number>
}

/** A query takes this number of seconds. `now` has the states of the jobs. Jobs without an entry are waiting. */
export const make = (latency: Effect.Effect<number> = Effect.succeed(0)) => {
  const polls: Array<Poll> = []
  const now = new Map<number, State | StatusChange["outcome"]>()
  const trouble: { error: Effect.Effect<never, BackendError> | undefined } = { error: undefined }
  const status = Effect.fnUntraced(function*(handles: ReadonlyArray<JobHandle.JobHandle>) {
    const poll: Poll = { began: yield* seconds, ended: undefined, procs: handles.map((one) => one.copy) }
    polls.push(poll)
    const lasts = yield* latency
    if (lasts > 0) yield* Effect.sleep(lasts * 1_000)
    poll.ended = yield* seconds
    if (trouble.error !== undefined) return yield* trouble.error
    return Outcomes.fromIterable(handles.map((one) => {
      const state = now.get(one.copy) ?? "Waiting"
      return [one, typeof state === "string" ? Result.succeed<JobStatus.JobStatus>(states[state]) : state] as const
    }))
  })
  return { status, polls, now, trouble }
}

/** "3 Running" */
export const told = ({ handle, outcome }: StatusChange): string => `${handle.copy} ${Result.merge(outcome)._tag}`

/** Records the events of a watch. */
export const note = <E, R>(stream: Stream.Stream<StatusChange, E, R>) => {
  const seen: Array<string> = []
  return Effect.map(
    Effect.forkChild(Stream.runForEach(stream, (change) => Effect.sync(() => seen.push(told(change))))),
    (fiber) => ({ seen, fiber })
  )
}

/** The seconds between two times, without floating-point noise. */
const between = (from: number, to: number) => Math.round((to - from) * 1_000) / 1_000

/** The differences between successive times. */
export const gaps = (times: ReadonlyArray<number>) =>
  times.slice(1).map((time, index) => between(times[index] ?? Number.NaN, time))

/** The pause between the end of each query and the start of the next. An interrupted query has no end. */
export const rests = (polls: ReadonlyArray<Poll>) =>
  polls.slice(1).map(({ began }, index) => between(polls[index]?.ended ?? polls[index]?.began ?? Number.NaN, began))
