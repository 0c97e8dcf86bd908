/** Requests that are too long for one message. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Result } from "effect"
import { TestRunner } from "effect/cluster"
import { ClusterCE } from "../../src/cluster/index.ts"
import { BackendError, Capability, JobHandle, Outcomes, SubmissionKey } from "../../src/index.ts"
import { sealer } from "../testing/FakeSite.ts"
import * as Scripted from "./Scripted.ts"

const endpoint = "ce.example.org:9619"
const key = SubmissionKey.SubmissionKey.make("key")
const down = new BackendError.CEUnavailable({ endpoint, detail: "down" })

const jobs = Array.from(
  { length: 20_001 },
  (_, copy) =>
    new JobHandle.JobHandle({ backend: "htcondor-ce", endpoint, scheduler: "ce", job: `1.${copy}`, key, copy })
)

const purging = (isUp: (handles: ReadonlyArray<JobHandle.JobHandle>) => boolean) =>
  Effect.flatMap(Capability.Purgeable, ({ purge }) => Effect.result(purge(jobs))).pipe(Effect.provide(
    Layer.merge(
      ClusterCE.layer(endpoint),
      Scripted.owner({
        purge: ({ payload: { handles } }) =>
          isUp(handles)
            ? Effect.succeed(handles.map((handle) => [handle, Result.succeed({ _tag: "Purged" })] as const))
            : Effect.fail(down)
      })
    ).pipe(Layer.provide([Layer.fresh(TestRunner.layer), sealer, NodeServices.layer]))
  ))

it.live("jobs keep their answers if another part of the request fails", () =>
  Effect.gen(function*() {
    const outcomes = yield* purging(({ length }) => length > 1)
    if (Result.isFailure(outcomes)) return assert.fail(outcomes.failure.message)
    assert.strictEqual(outcomes.success.size, jobs.length)
    const failures = Outcomes.failures(outcomes.success)
    assert.deepStrictEqual(failures.map(([{ copy }, { _tag }]) => [copy, _tag]), [[20_000, "StatusUnavailable"]])
    assert.isTrue(Option.isSome(outcomes.success.get(jobs[0] ?? assert.fail())))
    const none = yield* purging(() => false)
    assert.strictEqual(Result.isFailure(none) ? none.failure._tag : "", "CEUnavailable")
  }))
