import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Result } from "effect"
import { ShardId } from "effect/cluster"
import { TestClock } from "effect/testing"
import { ShardLease } from "../../../src/cluster/internal/ShardLease.ts"
import * as Takeover from "../../../src/cluster/internal/Takeover.ts"
import { WithdrawnJob } from "../../../src/contract/Submitter.ts"
import { type Capability, type Submission, SubmissionKey } from "../../../src/index.ts"

const key = SubmissionKey.SubmissionKey.make("key")
const shard = ShardId.make("default", 1)

/** A compute element that gives these answers in order, and records the calls. */
const site = (
  states: ReadonlyArray<Submission.SubmissionState["_tag"]>,
  isAdopted = false,
  withdrawals: ReadonlyArray<ReadonlyArray<WithdrawnJob>> = []
) => {
  const asked: Array<string> = []
  const left = [...states]
  const gone = [...withdrawals]
  const submitter: Capability.Submitter["Service"] = {
    submit: () => Effect.die(new Error("not asked")),
    withdraw: () =>
      Effect.sync(() => {
        asked.push("withdraw")
        const jobs = gone.shift() ?? []
        return { key, jobs, complete: jobs.every(({ _tag }) => _tag !== "Left") }
      }),
    reconcile: () =>
      Effect.sync(() => {
        asked.push("reconcile")
        return left.shift() === "Duplicated" ? { _tag: "Duplicated", handles: [] } : { _tag: "Submitted", handles: [] }
      })
  }
  const submit = (fence: Effect.Effect<void, { readonly message: string }>) =>
    Effect.gen(function*(): Effect.fn.Return<Submission.Submission> {
      const fenced = yield* Effect.result(fence)
      asked.push(Result.isSuccess(fenced) ? "submit" : "remove duplicates")
      return { key, handles: [], failures: [], warnings: [], adopted: isAdopted }
    })
  return {
    asked,
    submit: (takeover: Takeover.Takeover) => takeover.submit(submitter, key, Effect.void, submit),
    submitter
  }
}

const took = Effect.gen(function*() {
  const settled = (yield* Clock.currentTimeMillis) + 15_000
  return yield* Effect.provideService(Takeover.make(shard), ShardLease, {
    isFresh: () => Effect.succeed(true),
    settledIn: () => Effect.map(Clock.currentTimeMillis, (now) => Math.max(0, settled - now))
  })
})

describe("Takeover", () => {
  it.effect("checks again when the former owner's lock has expired, and removes duplicates without a submission", () =>
    Effect.gen(function*() {
      const { asked, submit } = site(["Duplicated"])
      const takeover = yield* took
      yield* TestClock.adjust("5 seconds")
      yield* submit(takeover)
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(asked, ["submit"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(asked, ["submit", "reconcile", "remove duplicates"])
    }).pipe(Effect.scoped))

  it.effect("does nothing about a submission that exists once", () =>
    Effect.gen(function*() {
      const { asked, submit } = site(["Submitted"])
      yield* submit(yield* took)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked, ["submit", "reconcile"])
    }).pipe(Effect.scoped))

  it.effect("does not check adopted jobs, later submissions, or a cluster of one process", () =>
    Effect.gen(function*() {
      const adopted = site([], true)
      const late = site([])
      const alone = site([])
      const takeover = yield* took
      yield* adopted.submit(takeover)
      yield* TestClock.adjust("1 minute")
      yield* late.submit(takeover)
      yield* alone.submit(yield* Takeover.make(shard))
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([adopted.asked, late.asked, alone.asked], [["submit"], ["submit"], ["submit"]])
    }).pipe(Effect.scoped))

  it.effect("withdraws again when the former owner's lock has expired, and answers then", () =>
    Effect.gen(function*() {
      const { cases } = WithdrawnJob
      const { asked, submitter } = site([], false, [
        [cases.Cancelled.make({ job: "1.0" }), cases.Left.make({ job: "1.1", detail: "it is busy" })],
        [
          cases.AlreadyGone.make({ job: "1.0" }),
          cases.Cancelled.make({ job: "1.1" }),
          cases.Cancelled.make({ job: "2.0" })
        ]
      ])
      const takeover = yield* took
      const withdrawing = yield* Effect.forkChild(takeover.withdraw(submitter, key))
      yield* TestClock.adjust("14 seconds")
      assert.deepStrictEqual(asked, ["withdraw"])
      yield* TestClock.adjust("1 second")
      const { complete, jobs } = yield* Fiber.join(withdrawing)
      assert.isTrue(complete)
      assert.deepStrictEqual(jobs.map(({ _tag, job }) => `${job} ${_tag}`), [
        "1.0 Cancelled",
        "1.1 Cancelled",
        "2.0 Cancelled"
      ])
      yield* takeover.withdraw(submitter, key)
      assert.strictEqual(asked.length, 3)
    }).pipe(Effect.scoped))
})
