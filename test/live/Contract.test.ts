import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CondorTool } from "../../src/index.ts"
import { ContractSuite, Harness } from "../../src/testing/index.ts"
import { bothWays } from "../testing/FakeSite.ts"
import { isLong } from "../Volume.ts"
import * as Share from "./Share.ts"
import * as Site from "./Site.ts"
import { configuration, Stack, type Version, versions } from "./Stack.ts"

/** The capabilities that an HTCondor-CE lacks: the suite must skip their checks, and no other check. */
const absent = ["LoadReporter", "Diagnosable"]

/**
 * The checks of a short run in the configurations that differ from `basic` only in their credentials. Each operation that
 * shows credentials to a CE has one, and so has each property that depends on identities. The jobs run as in `basic`.
 */
const authenticated = [
  "submit: gives each copy",
  "withdraw",
  "fetch: a second fetch",
  "optional outputs",
  "Releasable",
  "cancel: a job of another user",
  "purge",
  "Enumerable: list"
]

/**
 * The checks of a short run through a submit host (`grid`), where each operation sees another queue. A hold reaches it
 * after more than a minute.
 */
const routed = [
  ...authenticated.filter((name) => name !== "Releasable"),
  "submit: adopts",
  "reconcile",
  "status: follows",
  "describe",
  "fetch: has one outcome",
  "held job",
  "cancel: has one outcome",
  "another compute element",
  "Enumerable: departed"
]
const isWhole = isLong || configuration === "basic"

/** The checks on a version. In a short run, the versions share those through a submit host. */
const checksOn = (version: Version) => {
  if (isWhole) return ContractSuite.checks
  const selected = configuration === "grid" ? routed.filter((_, index) => Share.has(version, index)) : authenticated
  const checks = ContractSuite.checks.filter(({ name }) => selected.some((one) => name.startsWith(one)))
  assert.strictEqual(checks.length, selected.length)
  return checks
}

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
      const checks = checksOn(version)
      describe.concurrent("checks", () => {
        for (const check of checks) {
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
        it.effect("suite: skips only the checks of capabilities that an HTCondor-CE lacks", () =>
          Effect.sync(() =>
            assert.deepStrictEqual(
              skipped.toSorted(),
              isWhole ? absent.map((name) => `${name} is not provided`).toSorted() : []
            )
          ))

        it.effect("jobs and files: nothing is left in the queue, in the spool, in the pool or on this host", () =>
          Effect.gen(function*() {
            const harness = yield* Harness.Harness
            assert.deepStrictEqual(yield* harness.residue, [])
          }))
      })
    }
  )
}
