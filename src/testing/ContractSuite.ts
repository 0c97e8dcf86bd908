/**
 * Checks of what every backend must do. They use only the services of the contract.
 *
 * **Details**
 *
 * A check is an effect that fails with `ContractViolation`, so any test runner can run it. Provide the layer of the backend,
 * and a {@link Harness}. The harness answers questions that the contract does not cover: for example, what the site can read,
 * and what is left when all jobs are gone.
 *
 * @since 0.1.0
 */
import type { Check, Requirements } from "./Harness.ts"
import { cancelChecks } from "./internal/cancelChecks.ts"
import { capabilityChecks } from "./internal/capabilityChecks.ts"
import { retrievalChecks } from "./internal/retrievalChecks.ts"
import { statusChecks } from "./internal/statusChecks.ts"
import { submissionChecks } from "./internal/submissionChecks.ts"

/**
 * All checks, in the order submission, status, retrieval, cancellation, optional capabilities.
 *
 * **Details**
 *
 * Checks do not depend on each other, so they can run concurrently. When all have run, `Harness.residue` must be empty.
 *
 * **Example** (Running the suite on a backend)
 *
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { ContractSuite, FakeSchedd, Harness } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * // A harness that has only the operations that every harness must have.
 * const harness = Layer.effect(
 *   Harness.Harness,
 *   Effect.map(FakeSchedd.FakeSchedd, (fake) => ({
 *     observable: () =>
 *       Effect.map(fake.calls, (calls) => calls.map(({ args, tool }) => ({ where: tool, text: args.join(" ") }))),
 *     residue: fake.spool
 *   }))
 * )
 *
 * // With a test runner, each check is one test.
 * const check = ContractSuite.checks.find(({ name }) => name.startsWith("submit: an empty list"))
 * assert.ok(check)
 *
 * export const program = Effect.gen(function*() {
 *   const { skipped } = yield* check.run
 *   assert.strictEqual(skipped, undefined)
 *   const { residue } = yield* Harness.Harness
 *   assert.deepStrictEqual(yield* residue, [])
 * }).pipe(Effect.provide(harness))
 * ```
 *
 * @category constants
 * @since 0.1.0
 */
export const checks: ReadonlyArray<Check<Requirements>> = [
  ...submissionChecks,
  ...statusChecks,
  ...retrievalChecks,
  ...cancelChecks,
  ...capabilityChecks
]
