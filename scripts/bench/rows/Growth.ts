/** Whether time is linear in the number of jobs, and whether memory stays where it is. */
import * as Effect from "effect/Effect"
import { Capability } from "../../../src/index.ts"
import { Amount, type Benchmark, type Line } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import * as Memory from "../Memory.ts"
import * as Scene from "../Scene.ts"
import { growth as exponent, spread } from "../Statistics.ts"
import * as Cancel from "./Cancel.ts"
import * as Status from "./Status.ts"
import * as Submit from "./Submit.ts"

type Name = "ours" | "script" | "bindings" | "today"

/** The median of each at one size; of `today`, where it was measured. */
interface Measured extends Readonly<Record<Exclude<Name, "today">, number>> {
  readonly size: number
  readonly today?: number | undefined
}

const play = Contest.play<Name, unknown, Scene.Needs>

const statusOf = Effect.fnUntraced(function*(size: number) {
  const { rounds } = yield* Amount
  const jobs = yield* Scene.filled(size)
  const { bindings, ours, script, today } = yield* Status.contestants(jobs)
  const times = yield* play(rounds(5), [ours, script, bindings, { ...today, rounds: 1 }])
  yield* Scene.cleared(jobs.cluster)
  return times
})

const submitOf = Effect.fnUntraced(function*(size: number) {
  const { few } = yield* Amount
  // One cluster, as the raw tool makes: several at a time would flatter the growth.
  const { bindings, ours, script } = yield* Submit.contestants(size, { maxJobsPerCluster: size })
  return yield* play(few(3), [ours, script, bindings])
})

const cancelOf = Effect.fnUntraced(function*(size: number) {
  const { few } = yield* Amount
  const { bindings, ours, script, today } = yield* Cancel.contestants(size)
  // One by one takes minutes: a part, scaled up.
  const part = Math.min(size, 200)
  const times = yield* play(few(3), [ours, script, bindings, { ...today(part), rounds: 1 }])
  return (name: Name) => name === "today" ? times(name).map((time) => time * size / part) : times(name)
})

const works = [["submit", submitOf], ["status", statusOf], ["cancel", cancelOf]] as const

// From a thousand on: below that, what one run of a tool costs is most of the time. The raw tool shows what the schedd adds.
const lineOf = (work: string, measured: ReadonlyArray<Measured>): ReadonlyArray<Line> => {
  const [, small, large] = measured
  if (small === undefined || large === undefined) return []
  const of = (name: "ours" | "script") =>
    exponent({ size: small.size, time: small[name] }, { size: large.size, time: large[name] })
  const samples = {
    size: measured.map(({ size }) => size),
    ours: measured.map(({ ours }) => ours),
    raw: measured.map(({ script }) => script),
    bindings: measured.map(({ bindings }) => bindings),
    ...measured.every(({ today }) => today !== undefined)
      ? { today: measured.map(({ today }) => today ?? Number.NaN) }
      : {}
  }
  return [{
    work: `${work}, ${measured.map(({ size }) => size).join(", ")} jobs: exponent of the time`,
    than: `raw: ${of("script").toFixed(2)}`,
    unit: "",
    value: spread([of("ours")]),
    target: { atMost: Math.max(1.1, of("script") + 0.05) },
    samples
  }]
}

export const growth: Benchmark = {
  name: "growth",
  run: Effect.gen(function*() {
    const { few, sized } = yield* Amount
    const sizes = [100, 1_000, 10_000].map(sized)
    const lines: Array<Line> = []
    for (const [work, measure] of works) {
      const measured: Array<Measured> = []
      for (const size of sizes) {
        const times = yield* measure(size)
        const median = (name: Name) => spread(times(name)).median
        const today = times("today").length === 0 ? undefined : median("today")
        measured.push({ size, ours: median("ours"), script: median("script"), bindings: median("bindings"), today })
      }
      lines.push(...lineOf(work, measured))
    }

    const { status } = yield* Capability.StatusReporter
    const jobs = yield* Scene.filled(sized(10_000))
    const repetitions = few(10)
    const repeated = Effect.repeat(status(jobs.handles), { times: repetitions - 1 })
    // Code that is compiled in the first run stays in memory.
    yield* repeated
    const before = yield* Memory.settled
    yield* repeated
    const after = yield* Memory.settled
    yield* Scene.cleared(jobs.cluster)
    lines.push({
      work: `status of ${jobs.handles.length} jobs, ${repetitions} times: heap that stays`,
      than: "",
      unit: "MB",
      value: spread([(after - before) / 1e6]),
      target: { atMost: 1 }
    })
    return lines
  })
}
