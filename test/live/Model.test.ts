/** Random sequences of operations on the real daemons: each answer must be one that the model allows. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Arbitrary, Config, Effect, Layer, Schedule } from "effect"
import { CondorTool, Credential } from "../../src/index.ts"
import { sequences } from "../model/Commands.ts"
import { play } from "../model/Story.ts"
import { client, World } from "../model/World.ts"
import * as Backend from "./Backend.ts"
import * as Share from "./Share.ts"
import { Stack, type Version, versions } from "./Stack.ts"

const world = Layer.effect(
  World,
  Effect.gen(function*() {
    const stack = yield* Stack
    const context = yield* Effect.context<CondorTool.CondorTool>()
    const backend = Backend.layer({ endpoint: stack.endpoint, schedd: stack.schedd }).pipe(
      Layer.provide(Credential.layerTokenFile(stack.tokenFile)),
      Layer.provide(NodeServices.layer)
    )
    const site = (...command: ReadonlyArray<string>) => Effect.asVoid(stack.inside(...command))
    return {
      client: (crash) =>
        Effect.provideContext(client(backend, crash, Effect.sleep(`${(crash?.call ?? 0) * 13 + 5} millis`)), context),
      pass: Effect.sleep("500 millis"),
      while: (effect) => effect,
      // The JobRouter may overwrite this with the state that it just read from the pool's job, Running.
      hold: ({ job }) =>
        site("condor_hold", "-reason", "held by the site", job).pipe(
          Effect.andThen(Effect.delay(stack.exec("condor_q", "-allusers", job, "-af", "JobStatus"), "1500 millis")),
          Effect.repeat({ times: 4, until: ({ stdout }) => !/^[12]\s*$/.test(stdout) }),
          Effect.asVoid
        ),
      release: ({ job }) => site("condor_release", job),
      remove: ({ job }) => site("condor_rm", job),
      expire: Effect.fnUntraced(function*(handles) {
        if (handles.length === 0) return false
        const jobs = handles.map((handle) => handle.job)
        yield* site("condor_qedit", ...jobs, "LeaveJobInQueue", "False")
        yield* stack.exec("condor_q", ...jobs, "-af:j", "JobStatus").pipe(
          Effect.repeat({ schedule: Schedule.spaced("500 millis"), until: ({ stdout }) => stdout.trim() === "" })
        )
        return false
      }),
      residue: Effect.fnUntraced(function*(keys) {
        const constraint = `member(EffectCEKey, {${keys.map((key) => `"${key}"`).join(",")}})`
        const { stdout } = yield* stack.exec("condor_q", "-constraint", constraint, "-af:j", "JobStatus")
        return stdout.split("\n").filter((line) => line.trim() !== "")
      }),
      dump: Effect.map(
        stack.exec("condor_q", "-allusers", "-af:j", "JobStatus", "LastJobStatus", "RemoveReason", "HoldReason"),
        ({ stdout }) => stdout
      ),
      counted: Effect.fnUntraced(function*(key) {
        const constraint =
          `EffectCEKey =?= "${key}" && !regexp("^(submission abandoned|Staging of job)", RemoveReason ?: "")`
        const queue = yield* stack.exec("condor_q", "-constraint", constraint, "-af:j", "JobStatus")
        const past = yield* stack.exec("condor_history", "-constraint", constraint, "-af", "ClusterId", "ProcId")
        return `${queue.stdout}${past.stdout}`.split("\n").filter((line) => line.trim() !== "")
      })
    }
  })
)

const onStack = (version: Version) =>
  world.pipe(
    Layer.provide(
      Layer.unwrap(Effect.map(Stack, ({ binDirectory }) => CondorTool.layer({ binDirectory })))
    ),
    Layer.provideMerge(Stack.layer(version)),
    Layer.provideMerge(NodeServices.layer)
  )

// Eight slots serve all sequences at the same time, and an endless job occupies one until its sequence ends.
const few = sequences({ minimum: 3, maximum: 7 }).pipe(
  Arbitrary.filter((commands) =>
    commands.reduce((sum, one) => sum + (one._tag === "Submit" && one.kind === "endless" ? one.copies : 0), 0) <= 1
  )
)

const runs = Config.Int("HTCONDOR_CE_MODEL_SEQUENCES").pipe(Config.withDefault(6))
const seed = Config.Int("HTCONDOR_CE_MODEL_SEED").pipe(Config.withDefault(20261123))

for (const version of versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(`model on ${version}`, (it) => {
    it.effect("random sequences of operations: each answer is one that the model allows", () =>
      Effect.gen(function*() {
        const own = {
          runs: Math.ceil((yield* runs) / (Share.isShared ? 2 : 1)),
          seed: (yield* seed) + (Share.isLeft(version, "lts") ? 1 : 0)
        }
        const options = { ...own, concurrency: 6, maxShrinks: 8 }
        const result = yield* Arbitrary.checkEffect(few, (commands) => Effect.as(play(commands), true), options)
        assert.strictEqual(Arbitrary.formatCheckFailure(result), undefined)
      }))
  })
}
