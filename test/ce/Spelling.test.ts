/** One CE with many spellings of its name: case does not matter, and an absolute name ends in a dot. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Result } from "effect"
import { Capability, JobHandle, Outcomes, type Route } from "../../src/index.ts"
import { ad, askingFor, backend, handle, key, printed, status } from "./Scripted.ts"

const spellings = ["ce.example.org", "CE.Example.ORG", "ce.example.org.", "CE.EXAMPLE.ORG.:9619"]

const route: Route.Route = { _tag: "Grid", pool: "Submit.Example.org.", schedd: "Sub@Submit.Example.org." }

describe.each(spellings)("CE that is configured as %s", (endpoint) => {
  it.effect("accepts handles with other spellings, uses one spelling for the tools, and treats each job as one", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend(() => printed(ad("7.0")), { endpoint })
      const handles = [
        handle("7.0"),
        ...["CE.Example.ORG", "ce.example.org."].map((name) =>
          new JobHandle.JobHandle({ ...handle("7.0"), endpoint: `${name}:9619`, scheduler: name })
        )
      ]
      const outcomes = yield* Effect.provide(status(handles), layer)
      assert.deepStrictEqual(Outcomes.successes(outcomes).map(([one]) => one), handles.slice(0, 1))
      for (const one of handles) {
        assert.isTrue(Option.exists(Outcomes.get(outcomes, one), Result.isSuccess), String(one))
      }
      const asked = calls.map(({ args }) => [args[args.indexOf("-pool") + 1], args[args.indexOf("-name") + 1]])
      assert.deepStrictEqual(asked, [["ce.example.org:9619", "ce.example.org"]])
    }))

  it.effect("has one audience", () =>
    Effect.gen(function*() {
      const { layer, resources } = askingFor({ endpoint })
      yield* Effect.exit(Effect.provide(status([handle("7.0")]), layer))
      assert.deepStrictEqual(resources, ["ce.example.org:9619"])
    }))

  it.effect("accepts handles of its submit host in any spelling", () =>
    Effect.gen(function*() {
      const { calls, layer } = backend(() => printed(ad("7.0")), { endpoint, route })
      const old = new JobHandle.JobHandle({
        ...handle("7.0"),
        backend: "htcondor-ce-grid",
        endpoint: "CE.Example.org:9619",
        scheduler: "Sub@Submit.Example.org.@Submit.Example.org.:9618"
      })
      const outcomes = yield* Effect.provide(status([old]), layer)
      assert.isTrue(Option.exists(Outcomes.get(outcomes, old), Result.isSuccess))
      const asked = calls.map(({ args }) => [args[args.indexOf("-pool") + 1], args[args.indexOf("-name") + 1]])
      assert.deepStrictEqual(asked, [["submit.example.org:9618", "sub@submit.example.org"]])
    }))
})

describe("credential that is refused at the port of a pool", () => {
  const words = { exitCode: 1, stderr: "AUTHENTICATE:1003:Failed to authenticate with any method\n" }

  it.effect.each(
    [
      [{ endpoint: "ce.example.org:9618" }, true],
      [{ endpoint: "ce.example.org:9619" }, false],
      [{ endpoint: "ce.example.org:9619", route }, false]
    ] as const
  )("is doubted where the CE should be, %j", ([config, isDoubted]) =>
    Effect.gen(function*() {
      const { layer } = backend(() => words, config)
      const error = yield* Effect.flip(
        Effect.flatMap(Capability.Submitter, ({ reconcile }) => reconcile(key)).pipe(Effect.provide(layer))
      )
      assert.strictEqual(error._tag, "AuthenticationFailed")
      assert.strictEqual(
        error.message.includes(
          "does not accept the credential: 9618 is the port of a pool, and that of an HTCondor-CE is 9619 (condor_"
        ),
        isDoubted
      )
    }))
})

describe("schedd whose name is in capitals", () => {
  it.effect("exists, but does not answer", () =>
    Effect.gen(function*() {
      const { layer } = backend(
        ({ tool }) =>
          tool === "condor_status"
            ? { stdout: "CE@Local\n" }
            : { exitCode: 1, stderr: "Error: Failed to connect to queue manager CE@Local\n" },
        { schedd: "ce@LOCAL" }
      )
      const one = new JobHandle.JobHandle({ ...handle("7.0"), scheduler: "Ce@local" })
      const error = yield* Effect.flip(Effect.provide(status([one]), layer))
      assert.strictEqual(error._tag, "CEUnavailable")
      assert.include(error.message, "has a schedd ce@local that does not answer")
    }))
})
