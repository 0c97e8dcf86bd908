/** Jobs that wait are taken out of the queue. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as OwnAttributes from "../../../src/condor/OwnAttributes.ts"
import { Capability } from "../../../src/index.ts"
import { Amount, type Benchmark, compare } from "../Benchmark.ts"
import * as Contest from "../Contest.ts"
import { fail } from "../Failed.ts"
import * as Recorder from "../Recorder.ts"
import * as Scene from "../Scene.ts"

/** Those who cancel so many jobs, as contestants. */
export const contestants = Effect.fnUntraced(function*(count: number) {
  const { bindings, settled, shell, started } = yield* Scene.Scene
  const { cancel } = yield* Capability.Cancellable
  const notes = Recorder.notes()
  const ours = Effect.gen(function*() {
    const { handles } = yield* Scene.filled(count)
    const { milliseconds, value } = yield* notes.measure(cancel(handles))
    const cancelled = Array.from(value).filter(([, one]) => Result.isSuccess(one) && one.success._tag === "Cancelled")
    if (cancelled.length !== count) return yield* fail(`${cancelled.length} of ${count} jobs were cancelled`)
    yield* settled
    return milliseconds
  })
  const by = (peer: typeof shell, command: string, jobs = count) =>
    Effect.gen(function*() {
      const { cluster } = yield* Scene.filled(jobs)
      const { milliseconds } = yield* peer.ask(command, cluster, jobs)
      yield* settled
      return milliseconds
    })
  // The same command as ours, started in the same way: ours cannot be faster.
  const floor = Effect.gen(function*() {
    const { cluster, handles } = yield* Scene.filled(count)
    const milliseconds = yield* started(
      "condor_rm",
      "-long",
      "-constraint",
      `ClusterId == ${cluster} && EffectCEKey == "${
        handles[0]?.key
      }" && EffectCECopy - ProcId =?= 0 && ${OwnAttributes.hasFormat}` +
        " && JobStatus =!= 4 && JobStatus =!= 3"
    )
    yield* settled
    return milliseconds
  })
  return {
    notes,
    floor: { name: "floor", turn: floor } as const,
    ours: { name: "ours", turn: ours } as const,
    script: { name: "script", turn: by(shell, "cancel") } as const,
    told: { name: "told", turn: by(shell, "cancel_told") } as const,
    bindings: { name: "bindings", turn: by(bindings, "cancel") } as const,
    today: (jobs: number) => ({ name: "today", turn: by(shell, "cancel_each", jobs) }) as const
  }
})

export const cancel: Benchmark = {
  name: "cancel",
  run: Effect.gen(function*() {
    const { few, rounds, sized } = yield* Amount
    const count = sized(2_000)
    // One by one, a part shows how long all would take.
    const part = Math.min(count, 200)
    const { bindings, floor, notes, ours, script, today, told } = yield* contestants(count)
    const times = yield* Contest.play<
      "ours" | "floor" | "script" | "told" | "bindings" | "today",
      unknown,
      Scene.Needs
    >(
      rounds(15),
      [
        ours,
        floor,
        script,
        told,
        bindings,
        { ...today(part), rounds: few(2) }
      ]
    )
    const work = `cancel ${count} jobs`
    const profile = notes.profile()
    return [
      compare({ work, than: "one condor_rm", target: { atMost: 1.15 }, profile }, times("ours"), times("script")),
      compare({ work, than: "one condor_rm -long, guarded" }, times("ours"), times("told")),
      compare(
        { work: "condor_rm -long, guarded, started by Node", than: "one condor_rm" },
        times("floor"),
        times("script")
      ),
      compare({ work, than: "Python bindings" }, times("ours"), times("bindings")),
      compare(
        { work, than: `one by one (${part}, scaled up)` },
        times("ours"),
        times("today").map((milliseconds) => milliseconds * count / part)
      )
    ]
  })
}
