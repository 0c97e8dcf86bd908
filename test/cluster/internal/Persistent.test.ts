import { assert, it } from "@effect/vitest"
import { Clock, Effect, Fiber, Result } from "effect"
import { TestClock } from "effect/testing"
import * as Persistent from "../../../src/cluster/internal/Persistent.ts"
import { BackendError, JobError, Outcomes } from "../../../src/index.ts"
import * as Handles from "../../contract/Handles.ts"

it.effect("persistEach: does not count the time in which the compute element is down", () =>
  Effect.gen(function*() {
    const handle = Handles.handle("1.0")
    const end = (yield* Clock.currentTimeMillis) + 4 * 24 * 3_600_000
    let calls = 0
    const fetch = Effect.fnUntraced(function*() {
      calls += 1
      const now = yield* Clock.currentTimeMillis
      if (calls > 1 && now < end) {
        return yield* new BackendError.CEUnavailable({ endpoint: handle.endpoint, detail: "down" })
      }
      const again = new JobError.TransferFailed({ handle, detail: "the schedd is starting" })
      // Before it is down, and once after it.
      const outcome = calls === 1 || now < end + 3_600_000 ? Result.fail(again) : Result.succeed("fetched")
      return Outcomes.fromIterable([[handle, outcome] as const])
    })
    const running = yield* Effect.forkChild(Persistent.persistEach(fetch, [handle]))
    yield* TestClock.adjust("5 days")
    assert.deepStrictEqual(Array.from(yield* Fiber.join(running)), [[handle, Result.succeed("fetched")]])
  }))
