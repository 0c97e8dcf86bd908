import { assert, it } from "@effect/vitest"
import { Effect, FileSystem, Result } from "effect"
import { ClassAd } from "effect-htcondor-ce/classad"
import { FakeSchedd, TimeLapse } from "effect-htcondor-ce/testing"
import { runTask } from "../../examples/crash-and-resume.ts"
import * as Site from "./Site.ts"

const copies = ["Ada", "Grace", "Edith"].map((NAME) => ({ environment: { NAME } }))

it.effect.each([2, 4, 6, 10])(
  "crash and resume: interrupted before run %i of a tool, each copy still runs once and no output is lost",
  (calls) =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const fake = yield* FakeSchedd.FakeSchedd
      const { directory, executable } = yield* Site.workplace
      const task = runTask({ executable }, copies, `${directory}/task`)
      const killed = Effect.repeat(Effect.andThen(Effect.sleep("50 millis"), fake.calls), {
        until: (all) => all.length >= calls
      })
      yield* TimeLapse.run(Effect.raceFirst(Effect.exit(task), killed))
      const ended = yield* TimeLapse.run(task)
      const texts = yield* Effect.forEach(ended, ([, outcome]) =>
        Effect.flatMap(Effect.fromResult(outcome), (output) =>
          fileSystem.readFileString(`${output}/stdout`)))
      assert.deepStrictEqual(texts, ["hello Ada\n", "hello Grace\n", "hello Edith\n"])
      assert.isTrue(ended.every(([, outcome]) =>
        Result.isSuccess(outcome)
      ))
      assert.lengthOf(yield* fake.queue, 0)
      const started = (yield* fake.history).filter((ad) => ClassAd.get(ad, "JobCurrentStartDate") !== undefined)
      assert.lengthOf(started, copies.length)
    }).pipe(Effect.provide(Site.layer))
)
