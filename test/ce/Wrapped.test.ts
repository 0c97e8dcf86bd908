/** Tools behind a wrapper of the site that prints text before their output. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Stream } from "effect"
import * as Config from "../../src/ce/Config.ts"
import { ScheddError } from "../../src/condor/Schedd.ts"
import { CondorTool, Credential, ScheddTransport } from "../../src/index.ts"
import * as Backend from "../testing/Backend.ts"
import { ad, endpoint, handle, pilot, printed, status, token } from "./Scripted.ts"

const name = { address: "ce.example.org:9619", schedd: "ce.example.org" }

const banner = "*** WARNING: this host is being retired, use submit02 ***\n"

/** Tools that print the same for every query, in one piece or in several, as from a pipe. */
const printing = (stdout: string, size = stdout.length) => {
  const tool = CondorTool.make(() => Effect.succeed({ exitCode: 0, stdout, stderr: "" }))
  const pieces = Array.from(
    { length: Math.ceil(stdout.length / size) },
    (_, at) => stdout.slice(at * size, (at + 1) * size)
  )
  return Backend.layer({ endpoint }).pipe(
    Layer.provide([
      Layer.succeed(CondorTool.CondorTool, { ...tool, stream: () => Stream.fromIterable(pieces) }),
      Credential.layerToken(Redacted.make(token))
    ]),
    Layer.provide(NodeServices.layer)
  )
}

const failure = <E>(
  operation: Effect.Effect<unknown, E, Layer.Success<ReturnType<typeof printing>>>,
  stdout: string,
  size?: number
) => Effect.flip(Effect.provide(operation, printing(stdout, size)))

it.effect.each([false, true])(
  "answer that cannot be read: its first 200 characters are shown, streamed: %s",
  (streamed) =>
    Effect.gen(function*() {
      const answer = banner + JSON.stringify([ad("7.0", { EffectCENote: "x".repeat(1_000) })])
      const error = yield* failure(status([handle("7.0")]), answer, streamed ? 7 : undefined)
      assert.include(error.message, banner.trim())
      assert.strictEqual(error._tag === "BackendFailed" && error.report?.output, answer.slice(0, 200))
      // Waiting does not repair a wrapper.
      assert.strictEqual(error.retry, "AfterRepair")
    })
)

it.effect("answer that was cut short: may come whole later", () =>
  Effect.gen(function*() {
    const whole = printed(ad("7.0")).stdout ?? ""
    assert.strictEqual((yield* failure(status([handle("7.0")]), whole.slice(0, -5))).retry, "Later")
  }))

it.effect("answer to the identity query: is treated the same", () =>
  Effect.gen(function*() {
    const error = yield* Effect.gen(function*() {
      const transport = yield* ScheddTransport.ScheddTransport
      const settings = { ...Config.settings({ endpoint }), name, doubt: undefined }
      const connection = yield* transport.open(settings)
      const schedd = yield* connection.as(Effect.succeed({ token: Redacted.make(token), expiresAt: undefined }))
      return yield* Effect.flip(schedd.identity)
    }).pipe(
      Effect.scoped,
      Effect.provide(ScheddTransport.layerTools()),
      Effect.provideService(
        CondorTool.CondorTool,
        CondorTool.make(() =>
          Effect.succeed({ exitCode: 0, stdout: banner + JSON.stringify([{ MyName: pilot }]), stderr: "" })
        )
      ),
      Effect.provide(NodeServices.layer)
    )
    assert.instanceOf(error, ScheddError)
    if (!(error instanceof ScheddError)) return
    const { reason } = error
    assert.strictEqual(reason._tag, "Garbled")
    assert.include(reason._tag === "Garbled" && reason.report.output, banner.trim())
    assert.strictEqual(reason._tag === "Garbled" && reason.retry, "AfterRepair")
  }))
