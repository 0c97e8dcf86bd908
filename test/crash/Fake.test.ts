import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Config, Context, Effect, FileSystem, Layer, Path, Redacted } from "effect"
import { CondorTool } from "../../src/index.ts"
import { FakeSchedd, RemoteTools } from "../../src/testing/index.ts"
import { literal } from "../testing/Literal.ts"
import { isLong } from "../Volume.ts"
import * as Kill from "./Kill.ts"
import * as Race from "./Race.ts"

const trials = Config.Int("HTCONDOR_CE_KILLS").pipe(Config.withDefault(6))

/** A fake in this process, in real time, for clients in other processes. */
const onFake = Effect.fnUntraced(function*(version: FakeSchedd.Version, options: FakeSchedd.Options = {}) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const services = yield* Layer.build(
    FakeSchedd.layer({ version, payload: Kill.play, spoolDelay: 0, startDelay: 0, ...options })
  )
  const fake = Context.get(services, FakeSchedd.FakeSchedd)
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "crash-bridge-" })
  const socket = path.join(directory, "socket")
  yield* Effect.provideContext(RemoteTools.serve(socket), services)
  const rig: Kill.Rig = {
    tools: { socket },
    tool: Layer.succeed(CondorTool.CondorTool, Context.get(services, CondorTool.CondorTool)),
    token: Redacted.value(FakeSchedd.token("pilot")),
    endpoint: fake.endpoint,
    schedd: fake.schedd,
    copies: (key) =>
      Effect.map(
        fake.queue,
        (ads) =>
          ads.flatMap((ad) =>
            literal(ad, "EffectCEKey") === key && literal(ad, "JobStatus") !== "3" ? [literal(ad, "EffectCECopy")] : []
          )
      ),
    takenBack: (key) =>
      Effect.map(
        fake.history,
        (ads) =>
          ads.filter((ad) =>
            literal(ad, "EffectCEKey") === key && literal(ad, "RemoveReason").includes("submission abandoned")
          ).length
      ),
    // A tool ends with its client here.
    afterlife: 0
  }
  return rig
})

const rounds = Config.Int("HTCONDOR_CE_RACES").pipe(Config.withDefault(5))

/** A short run tries each scenario on one version. */
const versions = (short: FakeSchedd.Version): ReadonlyArray<FakeSchedd.Version> => isLong ? ["lts", "latest"] : [short]

describe("clients that submit with one key at one instant", () => {
  for (const version of versions("latest")) {
    it.live(
      `to the fake ${version}: each copy is there once, and all get the same handles`,
      () =>
        Effect.gen(function*() {
          const rig = yield* onFake(version, { payload: () => ({ duration: 300_000 }), spoolDelay: "200 millis" })
          const options = { rounds: yield* rounds, copies: 3 }
          const { contested } = yield* Effect.provide(Race.races(rig, options), Kill.backend(rig))
          yield* Effect.logInfo(`in ${contested} rounds more than one had submitted`)
          // The number depends on the load of the machine.
          assert.isAbove(contested, isLong ? options.rounds / 4 : 0)
        }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
    )
  }
})

describe("a client that is killed", () => {
  for (const version of versions("lts")) {
    it.live(
      `while it submits to the fake ${version}, and submits again, has each copy once`,
      () =>
        Effect.gen(function*() {
          const rig = yield* onFake(version)
          const options = { trials: yield* trials, copies: 3, concurrency: 3 }
          const { killed, whole } = yield* Effect.provide(Kill.submissions(rig, options), Kill.backend(rig))
          yield* Effect.logInfo(`${killed} were killed at work, ${whole} had submitted all`)
          assert.isAtLeast(killed, options.trials)
        }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
    )
  }

  for (const version of versions("latest")) {
    it.live(
      `while it fetches from the fake ${version} loses nothing, and fetches nothing twice`,
      () =>
        Effect.gen(function*() {
          const rig = yield* onFake(version)
          const options = { trials: yield* trials, jobs: 3, size: 200_000 }
          const { acknowledged, interrupted, killed } = yield* Effect.provide(
            Kill.fetches(rig, options),
            Kill.backend(rig)
          )
          yield* Effect.logInfo(
            `${killed} were killed at work, ${interrupted} in a transfer, ${acknowledged} when acknowledged`
          )
          assert.isAtLeast(killed, options.trials)
        }).pipe(Effect.scoped, Effect.provide(NodeServices.layer))
    )
  }
})
