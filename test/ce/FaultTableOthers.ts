/**
 * The table of docs/faults.md on the fake, for the operations that need no output: the same holds, whenever a fault
 * strikes.
 */
import { it } from "@effect/vitest"
import { Effect } from "effect"
import type { FakeSchedd } from "../../src/testing/index.ts"
import * as FaultAttempts from "./FaultAttempts.ts"
import * as FaultScene from "./FaultScene.ts"
import { everywhere, type Fault, lasting } from "./FaultTable.ts"

/** The outcome of each operation without a fault. */
const done: Readonly<Record<FaultAttempts.Name, string>> = {
  list: "Running",
  departed: "Removed",
  describe: "Running",
  waitFor: "Completed",
  withdraw: "Cancelled",
  release: "Released",
  fetchHeld: "Brought"
}

type Sees = Readonly<Record<FaultAttempts.Name, ReadonlyArray<string>>>

// The error of the tool. If a query for released jobs fails, it is repeated, and is their error in the end. For jobs
// that are waited for, the next query may see more.
const failing = (tag: string, others: Partial<Sees> = {}): Sees => ({
  list: [tag],
  departed: [tag],
  describe: [tag],
  waitFor: [tag],
  withdraw: [tag],
  release: [tag, "StatusUnavailable"],
  fetchHeld: [tag],
  ...others
})

const faults: ReadonlyArray<readonly [title: string, fault: Fault, sees: Sees]> = [
  ["CE down", lasting({ _tag: "Unreachable" }), failing("CEUnavailable")],
  [
    "schedd restarted",
    lasting({ _tag: "ScheddRestarted", times: 1 }),
    failing("CEUnavailable", {
      waitFor: [],
      fetchHeld: ["CEUnavailable", "TransferFailed"]
    })
  ],
  [
    "network stalled",
    lasting({ _tag: "Hung" }),
    // `condor_history` has the whole timeout, `condor_q` a third of it.
    failing("CEUnavailable", { departed: ["TimedOut"], fetchHeld: ["CEUnavailable", "TimedOut"] })
  ],
  [
    "tool killed before it asks",
    lasting({ _tag: "ToolKilled", moment: "before", times: 1 }),
    failing("BackendFailed", { waitFor: [], fetchHeld: ["BackendFailed", "TransferFailed"] })
  ],
  [
    "tool killed when all is done",
    lasting({ _tag: "ToolKilled", moment: "after", times: 1 }),
    failing("BackendFailed", { waitFor: [], fetchHeld: ["BackendFailed", "TransferFailed"] })
  ],
  ["token expired", lasting({ _tag: "TokenRefused" }), failing("AuthenticationFailed")]
]

export const otherFaults = (version: FakeSchedd.Version) => {
  for (const [title, fault, sees] of faults) {
    for (const name of FaultAttempts.names) {
      it.effect(`${title}: ${name} (${version})`, () =>
        FaultScene.playing(Effect.scoped(everywhere(name, fault, {
          sees: [done[name], ...sees[name]],
          within: title === "network stalled" ? "150 seconds" : "45 seconds"
        }))).pipe(Effect.provide(FaultScene.services(version))), 60_000)
    }
  }
}
