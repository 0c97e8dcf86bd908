/** The contract suite on the fakes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { createHash } from "node:crypto"
import type { HTCondorCE } from "../../src/index.ts"
import { ContractSuite, FakeSchedd, Harness, TimeLapse } from "../../src/testing/index.ts"
import { amongMany, backend, bySubmitHost, clustered, harness, submitHost, Temporary } from "./FakeSite.ts"

/** The capabilities that an HTCondor-CE lacks: the suite must skip their checks, and no other check. */
const absent = ["LoadReporter", "Diagnosable"]

/** Plays the payload of the suite. Arguments: seconds, an exit code or `kill`, and names of files. */
const play = ({ arguments: args, environment, executable, inputs }: FakeSchedd.PayloadJob): FakeSchedd.Payload => {
  const [seconds = "0", code = "0", ...names] = args
  if (executable === "sleep") return { duration: `${Number(seconds)} seconds` }
  const copy = environment["COPY"] ?? ""
  const left = (environment["LEAVE"] ?? "").split(" ").filter((name) => name !== "")
  const secret = inputs.get("secret.txt")
  const shown = secret === undefined
    ? ""
    : `${createHash("sha256").update(secret.content).digest("hex")}  -\n${secret.mode === 0o600 ? "-rw-------" : "?"}\n`
  return {
    duration: `${Number(seconds)} seconds`,
    exit: code === "kill" ? { signal: 9 } : { code: Number(code) },
    stdout: `copy=${copy} only=${environment["ONLY"] ?? ""}\n${shown}`,
    stderr: "to stderr\n",
    files: Object.fromEntries([...names, ...left].map((name) => [name, `${name} of ${copy}\n`]))
  }
}

const fakes: ReadonlyArray<{
  readonly name: string
  readonly layer: ReturnType<typeof FakeSchedd.layer> | ReturnType<typeof FakeSchedd.embedded>
  readonly config?: Partial<HTCondorCE.Config>
  readonly site?: typeof backend
  readonly live: boolean
}> = [
  { name: "fake lts", layer: FakeSchedd.layer({ version: "lts", payload: play }), live: false },
  { name: "fake latest", layer: FakeSchedd.layer({ version: "latest", payload: play }), live: false },
  ...(["lts", "latest"] as const).map((version) => ({
    name: `fake submit host ${version}`,
    layer: FakeSchedd.layer({ version, payload: play, endpoint: submitHost }),
    config: bySubmitHost,
    live: false
  })),
  {
    name: "fake among many CEs",
    layer: FakeSchedd.layer({ version: "latest", payload: play }),
    site: amongMany,
    live: false
  },
  {
    name: "fake through a cluster",
    layer: FakeSchedd.layer({ version: "latest", payload: play }),
    site: clustered,
    live: false
  },
  {
    name: "embedded",
    layer: FakeSchedd.embedded({ slots: 32, spoolDelay: "100 millis", startDelay: "100 millis" }),
    live: true
  }
]

// Each check has its own fake and its own clock.
for (const { config, layer, live, name, site = backend } of fakes) {
  const services = Layer.mergeAll(site(config), harness(config)).pipe(
    Layer.provideMerge(layer),
    Layer.provideMerge(Temporary.layer),
    Layer.provideMerge(NodeServices.layer)
  )
  describe(`contract suite on ${name}`, () => {
    for (const check of ContractSuite.checks) {
      const test = Effect.gen(function*() {
        const { skipped } = yield* check.run
        const { residue } = yield* Harness.Harness
        const left = yield* Effect.repeat(residue, {
          schedule: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 10 })),
          until: (left) => left.length === 0
        })
        assert.deepStrictEqual(left, [])
        return skipped
      })
      const run = (context: { skip(reason: string): void }) =>
        Effect.gen(function*() {
          const skipped = yield* live ? test : TimeLapse.run(test, { longest: "5 seconds" })
          const missing = absent.find((capability) => check.name.startsWith(capability))
          assert.strictEqual(skipped, missing === undefined ? undefined : `${missing} is not provided`)
          if (skipped !== undefined) context.skip(skipped)
        }).pipe(Effect.provide(services))
      if (live) it.live(check.name, run)
      else it.effect(check.name, run)
    }
  })
}

describe("a harness without optional operations", () => {
  const { layer } = fakes[1] ?? assert.fail("no fake")
  const services = Layer.mergeAll(
    backend(),
    Layer.effect(
      Harness.Harness,
      Effect.map(Harness.Harness, ({ observable, residue }) => ({ observable, residue }))
    ).pipe(Layer.provide(harness()))
  ).pipe(
    Layer.provideMerge(layer),
    Layer.provideMerge(Temporary.layer),
    Layer.provideMerge(NodeServices.layer)
  )

  it.effect("suite: reports each skipped check with the missing operation of the harness", () =>
    Effect.gen(function*() {
      const skipped: Array<string> = []
      for (const check of ContractSuite.checks) {
        const result = yield* check.run
        if (result.skipped !== undefined) skipped.push(result.skipped)
      }
      assert.deepStrictEqual(skipped.filter((reason) => reason.startsWith("Harness")), [
        "Harness.holdBySite is not provided",
        "Harness.holdBySite is not provided",
        "Harness.foreignJob is not provided"
      ])
    }).pipe((test) => TimeLapse.run(test, { longest: "5 seconds" }), Effect.provide(services)))
})
