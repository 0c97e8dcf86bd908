import { assert, describe, it } from "@effect/vitest"
import { Effect, Result, Sink, Stdio } from "effect"
import * as Displays from "../../src/cli/Displays.ts"
import type { Known } from "../../src/cli/Progress.ts"
import { held } from "../contract/Statuses.ts"
import { cases, handleOf } from "./utils.ts"

describe("Displays.table", () => {
  it.effect("draws a row for each compute element over what it drew before", () => {
    const written: Array<string | Uint8Array> = []
    return Effect.gen(function*() {
      const display = yield* Displays.table
      const one: Known = { handle: handleOf("1.0"), outcome: Result.succeed(cases.Running.make({})) }
      const two: Known = { handle: handleOf("1.1", 1), outcome: Result.succeed(held({ reason: "no\nfile" })) }
      yield* display([one], new Map([["1", one]]))
      yield* display([two], new Map([["1", one], ["2", two]]))
      assert.deepStrictEqual(written, [
        "\r\u001b[JCE                   RUNNING\nce.example.org:9619  1\n1 job: 1 Running, after 0 s\n",
        "\u001b[3A\r\u001b[JCE                   RUNNING  HELD  LAST ERROR\n" +
        "ce.example.org:9619  1        1     no file\n2 jobs: 1 Held, 1 Running, after 0 s\n"
      ])
    }).pipe(Effect.provide(Stdio.layerTest({
      stderr: () => Sink.forEach((text) => Effect.sync(() => written.push(text)))
    })))
  })
})
