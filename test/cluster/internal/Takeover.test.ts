import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { ShardLease } from "../../../src/cluster/internal/ShardLease.ts"
import * as Takeover from "../../../src/cluster/internal/Takeover.ts"
import { type Capability, type Submission, SubmissionKey } from "../../../src/index.ts"

const key = SubmissionKey.SubmissionKey.make("key")

/** A compute element that reports these states of the key in order, and records the calls. */
const site = (states: ReadonlyArray<Submission.SubmissionState["_tag"]>, isAdopted = false) => {
  const asked: Array<string> = []
  const left = [...states]
  const submitter: Capability.Submitter["Service"] = {
    submit: () => Effect.die(new Error("not asked")),
    withdraw: () => Effect.die(new Error("not asked")),
    reconcile: () =>
      Effect.sync(() => {
        asked.push("reconcile")
        return left.shift() === "Duplicated" ? { _tag: "Duplicated", handles: [] } : { _tag: "Submitted", handles: [] }
      })
  }
  const submit = Effect.sync((): Submission.Submission => {
    asked.push("submit")
    return { key, handles: [], failures: [], warnings: [], adopted: isAdopted }
  })
  return { asked, submitter, submit }
}

const owned = Effect.provideService(ShardLease, {
  expiration: Duration.seconds(15),
  isFresh: () => Effect.succeed(true)
})

describe("Takeover", () => {
  it.effect("checks again when the former owner's lock has expired, and resolves a duplicate", () =>
    Effect.gen(function*() {
      const { asked, submit, submitter } = site(["Duplicated"])
      const takeover = yield* Takeover.make
      yield* TestClock.adjust("5 seconds")
      yield* takeover(submitter, key, submit)
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(asked, ["submit"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(asked, ["submit", "reconcile", "submit"])
    }).pipe(owned, Effect.scoped))

  it.effect("does nothing about a submission that exists once", () =>
    Effect.gen(function*() {
      const { asked, submit, submitter } = site(["Submitted"])
      const takeover = yield* Takeover.make
      yield* takeover(submitter, key, submit)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked, ["submit", "reconcile"])
    }).pipe(owned, Effect.scoped))

  it.effect("does not check adopted jobs, later submissions, or a cluster of one process", () =>
    Effect.gen(function*() {
      const adopted = site([], true)
      const late = site([])
      const alone = site([])
      const takeover = yield* owned(Takeover.make)
      yield* takeover(adopted.submitter, key, adopted.submit)
      yield* TestClock.adjust("1 minute")
      yield* takeover(late.submitter, key, late.submit)
      yield* (yield* Takeover.make)(alone.submitter, key, alone.submit)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual([adopted.asked, late.asked, alone.asked], [["submit"], ["submit"], ["submit"]])
    }).pipe(Effect.scoped))
})
