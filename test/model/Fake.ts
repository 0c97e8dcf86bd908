/** Sequences of operations on the fake. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert } from "@effect/vitest"
import { Arbitrary, Config, Effect, Fiber, FileSystem, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { type CondorTool, Credential } from "../../src/index.ts"
import { FakeSchedd } from "../../src/testing/index.ts"
import * as Backend from "../testing/Backend.ts"
import { leftover } from "../testing/Leftover.ts"
import { literal } from "../testing/Literal.ts"
import { sequences } from "./Commands.ts"
import { play as played } from "./Payload.ts"
import { Difference } from "./Seen.ts"
import { play } from "./Story.ts"
import { client, World } from "./World.ts"

const shown = ["ClusterId", "ProcId", "JobStatus", "LastJobStatus", "RemoveReason", "HoldReason", "EffectCEFetch"]

const milliseconds = (count: number) => TestClock.withLive(Effect.sleep(count))

const turn = Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))

const world = (version: FakeSchedd.Version, temporaryDirectory: string) =>
  Layer.effect(
    World,
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const fileSystem = yield* FileSystem.FileSystem
      const context = yield* Effect.context<CondorTool.CondorTool>()
      const backend = Backend.layer({
        endpoint: fake.endpoint,
        schedd: fake.schedd,
        retention: "1 hour",
        spoolingGrace: "2 seconds",
        temporaryDirectory
      }).pipe(
        Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
        Layer.provide(NodeServices.layer)
      )
      return {
        client: (crash) =>
          Effect.provideContext(
            client(backend, crash, Effect.repeat(turn, { times: 3 * (crash?.call ?? 0) })),
            context
          ),
        pass: TestClock.adjust("2 seconds"),
        // Files are read in real time, so the clock advances only after 5 milliseconds without an end of the effect.
        while: Effect.fnUntraced(function*(effect) {
          const fiber = yield* Effect.forkChild(effect)
          while (
            Option.isNone(
              yield* Effect.raceFirst(Effect.asSome(Fiber.await(fiber)), Effect.as(milliseconds(5), Option.none()))
            )
          ) {
            yield* TestClock.adjust("500 millis")
          }
          return yield* Fiber.join(fiber)
        }),
        hold: ({ job }) => fake.hold(job, { reason: "held by the site" }),
        release: ({ job }) => fake.release(job),
        remove: ({ job }) => fake.remove(job),
        expire: () => Effect.as(TestClock.adjust("63 minutes"), true),
        residue: (keys) =>
          Effect.gen(function*() {
            const jobs = (yield* fake.queue).filter((ad) => keys.includes(literal(ad, "EffectCEKey")))
            return [
              ...jobs.map((ad) => `job ${shown.map((name) => `${name} = ${literal(ad, name)}`).join("; ")}`),
              ...(yield* fake.spool).map((file) => `spool ${file}`),
              // Clients that are still running keep their tokens.
              ...leftover(yield* fileSystem.readDirectory(temporaryDirectory), Infinity).map((name) =>
                `temporary ${name}`
              )
            ]
          }).pipe(Effect.orDie),
        dump: Effect.map(Effect.all([fake.calls, fake.queue, fake.history]), ([calls, queue, history]) =>
          [
            ...calls.map(({ args, tool }) => [tool, ...args.slice(4)].join(" ").replace(/-json -attributes .*/, "")),
            ...[queue, history].flatMap((ads) =>
              ads.map((ad) => `[${shown.map((name) => `${name} = ${literal(ad, name)}`).join("; ")}]`)
            )
          ].join("\n")),
        counted: (key) =>
          Effect.map(Effect.all([fake.queue, fake.history]), ([queue, history]) =>
            [...queue, ...history].filter((ad) =>
              literal(ad, "EffectCEKey") === key &&
              !/^(?:submission abandoned|Staging of job)/.test(literal(ad, "RemoveReason"))
            ).map((ad) =>
              `${literal(ad, "ClusterId")}.${literal(ad, "ProcId")}`
            ))
      }
    })
  ).pipe(Layer.provideMerge(FakeSchedd.layer({ version, payload: played })), Layer.provideMerge(NodeServices.layer))

const runs = Config.Int("HTCONDOR_CE_MODEL_SEQUENCES").pipe(Config.withDefault(50))
const seed = Config.Int("HTCONDOR_CE_MODEL_SEED").pipe(Config.withDefault(20261123))

// When all clients have ended, no token must be left.
const playTidily = Effect.fnUntraced(
  function*(version: FakeSchedd.Version, commands: Parameters<typeof play>[0]) {
    const fileSystem = yield* FileSystem.FileSystem
    const temporaryDirectory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "model-clients-" })
    yield* Effect.provide(play(commands), world(version, temporaryDirectory))
    const left = yield* fileSystem.readDirectory(temporaryDirectory)
    if (left.length > 0) {
      return yield* new Difference({ step: "after the end", expected: "no file of ours", actual: left.join("\n") })
    }
  },
  Effect.scoped,
  Effect.provide(NodeServices.layer)
)

/** Plays random sequences, each on a new fake. Fails with the smallest one whose answers differ from the model. */
export const check = Effect.fnUntraced(function*(version: FakeSchedd.Version) {
  const result = yield* Arbitrary.checkEffect(
    sequences({ minimum: 3, maximum: 12 }),
    (commands) => Effect.as(playTidily(version, commands), true),
    { runs: yield* runs, seed: yield* seed, maxShrinks: 200 }
  )
  assert.strictEqual(Arbitrary.formatCheckFailure(result), undefined)
})
