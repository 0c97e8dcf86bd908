/**
 * A fake schedd for tests of programs that use this library, and a contract suite for other backends.
 *
 * @since 0.1.0
 */

/** Checks of what every backend must do. */
export * as ContractSuite from "./ContractSuite.ts"

/** Several fake schedds behind one `CondorTool`. */
export * as FakeGrid from "./FakeGrid.ts"

/** A fake schedd. */
export * as FakeSchedd from "./FakeSchedd.ts"

/** Questions of the contract suite that the contract does not answer. */
export * as Harness from "./Harness.ts"

/** HTCondor's tools in another process, over a socket. */
export * as RemoteTools from "./RemoteTools.ts"

/** Advances `TestClock` while a program works. */
export * as TimeLapse from "./TimeLapse.ts"
