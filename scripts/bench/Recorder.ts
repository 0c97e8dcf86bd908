/** A `CondorTool` that records its runs: they show how the time is spent. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as process from "node:process"
import { CondorTool } from "../../src/index.ts"

/** Where the time of one measurement of ours went, in milliseconds. */
export interface Profile {
  readonly tools: Readonly<Record<string, { readonly runs: number; readonly milliseconds: number }>>
  readonly outsideTools: number
  readonly ownProcessor: number
}

interface Run {
  readonly tool: string
  readonly began: number
  readonly ended: number
}

/** `measure`: how long an effect takes, with the runs of tools that it makes. */
export class Recorder extends Context.Service<Recorder, {
  measure<A, E, R>(
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<{ readonly value: A; readonly milliseconds: number; readonly profile: Profile }, E, R>
}>()("scripts/bench/Recorder") {}

// How much time there is in some intervals together.
const covered = (runs: ReadonlyArray<Run>): number => {
  let sum = 0
  let end = Number.NEGATIVE_INFINITY
  for (const { began, ended } of runs.toSorted((left, right) => left.began - right.began)) {
    sum += Math.max(0, ended - Math.max(began, end))
    end = Math.max(end, ended)
  }
  return sum
}

const tally = (runs: ReadonlyArray<Run>): Profile["tools"] =>
  Object.fromEntries(
    Array.from(Map.groupBy(runs, ({ tool }) => tool), ([tool, some]) => [
      tool,
      { runs: some.length, milliseconds: some.reduce((sum, { began, ended }) => sum + ended - began, 0) }
    ])
  )

export const layer: Layer.Layer<Recorder | CondorTool.CondorTool, never, CondorTool.CondorTool> = Layer.effectContext(
  Effect.gen(function*() {
    const { run } = yield* CondorTool.CondorTool
    let runs: Array<Run> = []
    const noted: CondorTool.CondorTool["Service"] = CondorTool.make((call) =>
      Effect.suspend(() => {
        const began = performance.now()
        return Effect.ensuring(
          run(call),
          Effect.sync(() => runs.push({ tool: call.tool, began, ended: performance.now() }))
        )
      })
    )
    const recorder: Recorder["Service"] = {
      measure: (effect) =>
        Effect.gen(function*() {
          runs = []
          const processor = process.cpuUsage()
          const began = performance.now()
          const value = yield* effect
          const milliseconds = performance.now() - began
          const { system, user } = process.cpuUsage(processor)
          const profile = {
            tools: tally(runs),
            outsideTools: milliseconds - covered(runs),
            ownProcessor: (user + system) / 1_000
          }
          return { value, milliseconds, profile }
        })
    }
    return Context.make(Recorder, recorder).pipe(Context.add(CondorTool.CondorTool, noted))
  })
)

/** Measurements of this library. The median one shows how the time was spent. */
export const notes = () => {
  const noted: Array<{ readonly milliseconds: number; readonly profile: Profile }> = []
  return {
    measure: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
      Effect.flatMap(Recorder, (recorder) =>
        Effect.map(recorder.measure(effect), (one) => {
          noted.push(one)
          return one
        })),
    profile: (): Profile | undefined =>
      noted.toSorted((left, right) => left.milliseconds - right.milliseconds)[Math.floor(noted.length / 2)]?.profile
  }
}
