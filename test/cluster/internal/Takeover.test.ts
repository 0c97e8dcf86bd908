import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect } from "effect"
import { TestClock } from "effect/testing"
import { ShardLease } from "../../../src/cluster/internal/ShardLease.ts"
import * as Takeover from "../../../src/cluster/internal/Takeover.ts"
import { type Capability, type Submission, SubmissionKey } from "../../../src/index.ts"

const key = SubmissionKey.SubmissionKey.make("key")

/** A compute element that says these states of the key, one after the other, and counts. */
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
  it.effect("looks again when the former owner's lock has expired, and resolves what is there twice", () =>
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

  it.effect("leaves alone what is there once", () =>
    Effect.gen(function*() {
      const { asked, submit, submitter } = site(["Submitted"])
      const takeover = yield* Takeover.make
      yield* takeover(submitter, key, submit)
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(asked, ["submit", "reconcile"])
    }).pipe(owned, Effect.scoped))

  it.effect("asks nothing for jobs that were adopted, after the expiration, or where there is one owner", () =>
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
