import { assert, describe, it } from "@effect/vitest"
import { Effect, Sink, Stdio } from "effect"
import { TestConsole } from "effect/testing"
import * as Progress from "../../src/cli/Progress.ts"

const lines = ["1 job: 1 Waiting", "1 job: 1 Waiting", "1 job: 1 Running"]

const showAll = Effect.scoped(Effect.gen(function*() {
  const show = yield* Progress.line
  for (const line of lines) yield* show(line)
}))

describe("Progress.line", () => {
  it.effect("rewrites one line on a terminal", () => {
    const written: Array<string | Uint8Array> = []
    return showAll.pipe(
      Effect.provide(Stdio.layerTest({
        stderrIsTerminal: Effect.succeed(true),
        stderr: () => Sink.forEach((text) => Effect.sync(() => written.push(text)))
      })),
      Effect.map(() => assert.strictEqual(written.join(""), "\r\u001b[2K1 job: 1 Waiting\r\u001b[2K1 job: 1 Running\n"))
    )
  })

  it.effect("writes a new line for a change elsewhere", () =>
    Effect.gen(function*() {
      yield* showAll
      assert.deepStrictEqual(yield* TestConsole.errorLines, ["1 job: 1 Waiting", "1 job: 1 Running"])
    }).pipe(Effect.provide(Stdio.layerTest({}))))
})
