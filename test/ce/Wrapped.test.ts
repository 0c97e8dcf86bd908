/** Tools behind a wrapper of the site that prints before they do. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Owner from "../../src/ce/internal/credentials/Owner.ts"
import { ad, backend, handle, isIdentity, pilot, printed, status } from "./Scripted.ts"

const banner = "*** WARNING: this host is being retired, use submit02 ***\n"

const failure = (stdout: string, options: { readonly streamed?: boolean } = {}) =>
  Effect.gen(function*() {
    const { layer } = backend(
      (call) => {
        // As from a pipe: in pieces.
        if (options.streamed === true && !isIdentity(call)) {
          for (const one of stdout.match(/[^]{1,7}/g) ?? []) call.take?.(one)
        }
        return { stdout: options.streamed === true ? "" : stdout }
      }
    )
    const error = yield* Effect.flip(Effect.provide(status([handle("7.0")]), layer))
    assert.strictEqual(error._tag, "BackendFailed")
    return error
  })

it.effect.each([false, true])(
  "an answer that cannot be read is shown by its first 200 characters, streamed: %s",
  (streamed) =>
    Effect.gen(function*() {
      const answer = banner + JSON.stringify([ad("7.0", { EffectCENote: "x".repeat(1_000) })])
      const error = yield* failure(answer, { streamed })
      assert.include(error.message, banner.trim())
      assert.strictEqual(error._tag === "BackendFailed" && error.report?.output, answer.slice(0, 200))
      // Nobody repairs a wrapper by waiting.
      assert.strictEqual(error.retry, "AfterRepair")
    })
)

it.effect("an answer that was cut short may come whole later", () =>
  Effect.gen(function*() {
    const whole = printed(ad("7.0")).stdout ?? ""
    assert.strictEqual((yield* failure(whole.slice(0, -5))).retry, "Later")
  }))

it.effect("the same of the question whom the schedd takes the caller for", () =>
  Effect.gen(function*() {
    const session = {
      endpoint: { address: "ce.example.org:9619", schedd: "ce.example.org" },
      run: () => Effect.succeed({ exitCode: 0, stdout: banner + JSON.stringify([{ MyName: pilot }]), stderr: "" }),
      explain: () => Effect.die(new Error("it did not fail"))
    }
    const error = yield* Effect.flip(Owner.ask(session))
    assert.include(error.message, banner.trim())
    assert.strictEqual(error.retry, "AfterRepair")
  }))
