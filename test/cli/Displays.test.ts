import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Result, Sink, Stdio } from "effect"
import { TestClock } from "effect/testing"
import * as Displays from "../../src/cli/Displays.ts"
import type { Known } from "../../src/cli/Progress.ts"
import { held } from "../contract/Statuses.ts"
import { cases, handleOf } from "./utils.ts"

const at = (time: string) => DateTime.makeUnsafe(`1970-01-01T${time}Z`)

const jobsOf = (...jobs: ReadonlyArray<Known>) => new Map(jobs.map((job) => [String(job.handle), job]))

// A drawing, between the codes with which a terminal starts again and cuts off long lines.
const drawing = (...lines: ReadonlyArray<string>) =>
  `\r\u001b[J\u001b[?7l${lines.map((line) => `${line}\n`).join("")}\u001b[?7h`

// The bytes that a display writes to a terminal.
const drawn = <E, R>(effect: Effect.Effect<void, E, R>) => {
  const written: Array<string | Uint8Array> = []
  return effect.pipe(
    Effect.scoped,
    Effect.provide(Stdio.layerTest({
      stderr: () => Sink.forEach((text) => Effect.sync(() => written.push(text)))
    })),
    Effect.as(written)
  )
}

describe("Displays.table", () => {
  it.effect("draws a row for each compute element over what it drew before", () =>
    Effect.gen(function*() {
      const one: Known = { handle: handleOf("1.0"), outcome: Result.succeed(cases.Running.make({})) }
      const two: Known = { handle: handleOf("1.1", 1), outcome: Result.succeed(held({ reason: "no\nfile" })) }
      const written = yield* drawn(Effect.gen(function*() {
        const display = yield* Displays.table
        yield* display([one], jobsOf(one))
        yield* display([two], jobsOf(one, two))
      }))
      assert.deepStrictEqual(written, [
        drawing("CE                   RUNNING", "ce.example.org:9619  1", "1 job: 1 Running, after 0 s"),
        `\u001b[3A${
          drawing(
            "CE                   RUNNING  HELD  LAST ERROR",
            "ce.example.org:9619  1        1     no file",
            "2 jobs: 1 Held, 1 Running, after 0 s"
          )
        }`
      ])
    }))

  it.effect("says for how long the oldest job of the queue has waited, also while nothing changes", () =>
    Effect.gen(function*() {
      yield* TestClock.setTime(DateTime.toEpochMillis(at("00:03:00")))
      const jobs = [
        cases.Staging.make({ since: at("00:02:00") }),
        cases.Waiting.make({ since: at("00:00:00") }),
        cases.Waiting.make({}),
        cases.Running.make({ since: at("00:00:00") })
      ].map((status, copy): Known => ({ handle: handleOf(`1.${copy}`, copy), outcome: Result.succeed(status) }))
      const written = yield* drawn(Effect.gen(function*() {
        const display = yield* Displays.table
        yield* display(jobs, jobsOf(...jobs))
        yield* TestClock.adjust("5 seconds")
      }))
      const table = (oldest: string, seconds: number) =>
        drawing(
          "CE                   WAITING  RUNNING  OLDEST",
          `ce.example.org:9619  3        1        ${oldest}`,
          `4 jobs: 1 Running, 1 Staging, 2 Waiting, after ${seconds} s`
        )
      assert.deepStrictEqual(written, [table("3m", 0), `\u001b[3A${table("3m5s", 5)}`])
    }))
})
