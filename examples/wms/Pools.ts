/**
 * Keeps the pilots of pools. A pool has a lane for each of its pilots. In a lane one pilot follows another. The key of a pilot has the
 * pool, the lane and a number. So a client that is restarted, or a second client at the same time, starts no pilot twice.
 */
import { DateTime, Effect, Result, Schedule, Stream } from "effect"
import { Capability, Outcomes, SubmissionKey } from "effect-htcondor-ce"
import { ClusterCE, PilotBatch } from "effect-htcondor-ce/cluster"
import * as Accounting from "./Accounting.ts"
import type { Pool } from "./Grid.ts"

const lane = Effect.fn("lane")(function*({ endpoint, pool }: Pool, lane: number) {
  let number = yield* Accounting.next(pool.name, lane)
  const one = Effect.gen(function*() {
    const key = SubmissionKey.SubmissionKey.make(`${pool.name}.${lane}.${number}`)
    const batch = yield* Effect.result(PilotBatch.execute({
      endpoint,
      key,
      spec: pool.spec,
      copies: [{ environment: { PILOT: key } }],
      destination: pool.output,
      deadline: DateTime.addDuration(yield* DateTime.now, pool.patience)
    }))
    if (Result.isSuccess(batch)) yield* Accounting.record(batch.success.jobs)
    else {
      yield* Effect.logWarning(`${key}: ${batch.failure.message}`)
      // The cluster did not give the outcome of the batch. The next round asks again with the same key.
      if (batch.failure.retry !== "Never") return
      yield* Accounting.refused(endpoint, key, batch.failure._tag)
    }
    number++
  })
  // If pilots end at once, a lane starts one per minute.
  yield* Effect.repeat(one, Schedule.spaced("1 minute"))
})

/** Cancels the pilots of a pool that wait. Pilots that run continue, because their batches are in the database. */
const drain = ({ endpoint, pool }: Pool) =>
  Effect.gen(function*() {
    const { list } = yield* Capability.Enumerable
    const { cancel } = yield* Capability.Cancellable
    const jobs = yield* Stream.runCollect(
      list({ keyPrefix: `${pool.name}.`, status: ["Waiting", "Held"] })
    )
    const outcomes = yield* cancel(jobs.flatMap((job) => job._tag === "Listed" ? [job.handle] : []))
    yield* Effect.logInfo(`${pool.name}: cancelled ${Outcomes.successes(outcomes).length} pilots that waited`)
  }).pipe(
    Effect.provide(ClusterCE.layer(endpoint)),
    Effect.timeout("1 minute"),
    Effect.ignore({ log: "Warn" })
  )

/** Keeps all pools until it is interrupted, and drains them then. */
export const keep = Effect.fn("keep")(function*(pools: ReadonlyArray<Pool>) {
  yield* Accounting.prepare(pools)
  const lanes = pools.flatMap((one) => Array.from({ length: one.pool.pilots }, (_, index) => lane(one, index)))
  yield* Effect.all(lanes, { concurrency: "unbounded", discard: true }).pipe(
    Effect.onInterrupt(() => Effect.forEach(pools, drain, { concurrency: "unbounded", discard: true }))
  )
})
