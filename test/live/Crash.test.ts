/** Clients of the real daemons that are killed at random instants. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Config, Effect, Layer } from "effect"
import { CondorTool } from "../../src/index.ts"
import * as Kill from "../crash/Kill.ts"
import * as Race from "../crash/Race.ts"
import * as Share from "./Share.ts"
import { Stack, versions } from "./Stack.ts"

const fetches = Config.Int("HTCONDOR_CE_LIVE_FETCH_KILLS").pipe(Config.withDefault(3))
const submissions = Config.Int("HTCONDOR_CE_LIVE_SUBMIT_KILLS").pipe(Config.withDefault(3))
const races = Config.Int("HTCONDOR_CE_LIVE_RACES").pipe(Config.withDefault(4))

const rigOf = Effect.gen(function*() {
  const stack = yield* Stack
  const rig: Kill.Rig = {
    tools: { directory: stack.binDirectory },
    tool: CondorTool.layer({ binDirectory: stack.binDirectory }).pipe(Layer.provide(NodeServices.layer)),
    token: yield* stack.token("--lifetime", "3600"),
    endpoint: stack.endpoint,
    schedd: stack.schedd,
    copies: (key) =>
      Effect.map(
        stack.exec("condor_q", "-constraint", `EffectCEKey =?= "${key}" && JobStatus =!= 3`, "-af", "EffectCECopy"),
        ({ stdout }) => stdout.split("\n").filter((line) => line.trim() !== "")
      ),
    takenBack: (key) =>
      Effect.map(
        stack.exec(
          "condor_history",
          "-constraint",
          `EffectCEKey =?= "${key}" && regexp("^submission abandoned", RemoveReason)`,
          "-af",
          "ClusterId"
        ),
        ({ stdout }) => stdout.split("\n").filter((line) => line.trim() !== "").length
      ),
    // The condor_submit of a killed client has no parent, and keeps running.
    afterlife: "1 second"
  }
  return rig
})

for (const version of versions) {
  it.layer(Layer.merge(Stack.layer(version), NodeServices.layer), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`clients of ${version} that submit with one key at one instant`, (it) => {
    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "have each copy once, and get the same handles",
      () =>
        Effect.gen(function*() {
          const rig = yield* rigOf
          const options = { rounds: yield* races, copies: 3 }
          const { contested } = yield* Effect.provide(Race.races(rig, options), Kill.backend(rig))
          yield* Effect.logInfo(`in ${contested} rounds more than one had submitted`)
          assert.isAbove(contested, 0)
        })
    )
  })

  it.layer(Layer.merge(Stack.layer(version), NodeServices.layer), {
    excludeTestServices: true,
    timeout: "60 seconds"
  })(`a client of ${version} that is killed`, (it) => {
    it.effect.skipIf(Share.isLeft(version, "latest"))(
      "while it fetches loses nothing, and fetches nothing twice",
      () =>
        Effect.gen(function*() {
          const rig = yield* rigOf
          const options = { trials: yield* fetches, jobs: 1, size: 40_000_000 }
          const { acknowledged, interrupted, killed } = yield* Effect.provide(
            Kill.fetches(rig, options),
            Kill.backend(rig)
          )
          yield* Effect.logInfo(
            `${killed} were killed at work, ${interrupted} in a transfer, ${acknowledged} when acknowledged`
          )
          assert.isAtLeast(killed, options.trials)
          assert.isAbove(interrupted, 0)
        })
    )

    it.effect.skipIf(Share.isLeft(version, "lts"))(
      "while it submits, and submits again, has each copy once",
      () =>
        Effect.gen(function*() {
          const rig = yield* rigOf
          const options = { trials: yield* submissions, copies: 3, concurrency: 3 }
          const { killed, whole } = yield* Effect.provide(Kill.submissions(rig, options), Kill.backend(rig))
          yield* Effect.logInfo(`${killed} were killed at work, ${whole} had submitted all`)
          assert.isAtLeast(killed, options.trials)
        })
    )
  })
}
