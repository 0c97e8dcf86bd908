import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CondorTool } from "../../src/index.ts"
import { ContractSuite, Harness } from "../../src/testing/index.ts"
import { bothWays } from "../testing/FakeSite.ts"
import * as Site from "./Site.ts"
import { Stack, type Version, versions } from "./Stack.ts"

/** What the suite may pass over here, and must. */
const absent = ["LoadReporter", "Diagnosable"]

const onStack = (version: Version) => {
  const calls: Array<string> = []
  const backend = Layer.unwrap(
    Effect.map(Stack, (stack) =>
      bothWays(stack.config).pipe(
        Layer.provide([
          Site.recorded(calls).pipe(Layer.provide(CondorTool.layer({ binDirectory: stack.binDirectory }))),
          stack.credentials
        ])
      ))
  )
  return Layer.mergeAll(backend, Site.harness(calls)).pipe(
    Layer.provideMerge(Stack.layer(version)),
    Layer.provideMerge(NodeServices.layer)
  )
}

for (const version of versions) {
  it.layer(onStack(version), { excludeTestServices: true, timeout: "60 seconds" })(
    `contract suite on ${version}`,
    (it) => {
      const skipped: Array<string> = []
      describe.concurrent("checks", () => {
        for (const check of ContractSuite.checks) {
          it.effect(check.name, (context) =>
            Effect.gen(function*() {
              const result = yield* Effect.tapError(check.run, () => Effect.flatMap(Site.words, Effect.logError))
              if (result.skipped === undefined) return
              skipped.push(result.skipped)
              context.skip(result.skipped)
            }))
        }
      })

      describe("afterwards", () => {
        it.effect("only the capabilities that an HTCondor-CE lacks were passed over", () =>
          Effect.sync(() =>
            assert.deepStrictEqual(skipped.toSorted(), absent.map((name) => `${name} is not provided`).toSorted())
          ))

        it.effect("nothing is left in the queue, in the spool, in the pool or on this host", () =>
          Effect.gen(function*() {
            const harness = yield* Harness.Harness
            assert.deepStrictEqual(yield* harness.residue, [])
          }))
      })
    }
  )
}
