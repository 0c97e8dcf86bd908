import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Result } from "effect"
import * as WatchSubscription from "../../../../src/ce/internal/status/WatchSubscription.ts"
import { JobStatus } from "../../../../src/index.ts"
import { handle } from "../../Scripted.ts"

const running = (second?: number) =>
  JobStatus.JobStatus.cases.Running.make(
    second === undefined ? {} : { since: DateTime.makeUnsafe(second * 1_000) }
  )

/** A watcher of one job that gets one status after the other. Returns the statuses that it counts as changes. */
const changes = (statuses: ReadonlyArray<JobStatus.JobStatus>) => {
  const watcher = WatchSubscription.make({ interval: 1, maxInterval: 1, patience: 1, known: [], nameOf: String })
  watcher.follow([handle("7.0")])
  return { watcher, counted: statuses.map((status, now) => watcher.accept(() => Result.succeed(status), now)) }
}

it("watch: a job that was started again is a change", () => {
  assert.deepStrictEqual(changes([running(10), running(10), running(20), running(20)]).counted, [
    true,
    false,
    true,
    false
  ])
})

it("watch: a time that is known later, or missing once, is no change, and another time after that is", () => {
  assert.deepStrictEqual(changes([running(), running(10), running(), running(10), running(20)]).counted, [
    true,
    false,
    false,
    false,
    true
  ])
})

it.effect("watch: the change of a job that was started again has both times", () =>
  Effect.gen(function*() {
    const { watcher } = changes([running(10)])
    yield* watcher.pull
    watcher.accept(() => Result.succeed(running(20)), 2)
    assert.deepStrictEqual(yield* watcher.pull, [
      { handle: handle("7.0"), outcome: Result.succeed(running(20)), previous: running(10) }
    ])
  }))
