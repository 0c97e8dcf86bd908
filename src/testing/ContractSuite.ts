/**
 * What every compute-element backend must do, as a list of checks written against the services alone.
 *
 * **Details**
 *
 * The checks belong to no test runner: each is an effect that fails with `ContractViolation`. Run them with a backend's
 * layer and a {@link Harness} for what only its author can see: what a site sees, and what is left behind.
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
 * All checks. They do not depend on each other and can run at the same time; what they leave behind is a question for
 * `Harness.residue`, when all have run.
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
