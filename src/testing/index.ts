/**
 * For the tests of programs that use this library, and of backends that want to be like it.
 *
 * @since 0.1.0
 */

/** What every backend must do. */
export * as ContractSuite from "./ContractSuite.ts"

/** Many of them. */
export * as FakeGrid from "./FakeGrid.ts"

/** A schedd for tests. */
export * as FakeSchedd from "./FakeSchedd.ts"

/** What the contract suite needs to know beyond the contract. */
export * as Harness from "./Harness.ts"

/** Tools that run in another process. */
export * as RemoteTools from "./RemoteTools.ts"

/** Lets the time of `TestClock` go by. */
export * as TimeLapse from "./TimeLapse.ts"
