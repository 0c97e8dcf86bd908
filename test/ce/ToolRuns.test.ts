/**
 * The tools that each operation runs, in their order, for three jobs without trouble. No operation queries the CE
 * more often.
 */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as FaultScene from "./FaultScene.ts"

const runs: Readonly<Record<string, ReadonlyArray<string>>> = {
  submit: ["condor_q", "condor_history", "condor_submit", "condor_q"],
  status: ["condor_q"],
  fetch: ["condor_q", "condor_qedit", "condor_transfer_data", "condor_q", "condor_rm"],
  cancel: ["condor_rm"],
  purge: ["condor_rm"],
  list: ["condor_q"],
  // The identity of the caller is queried once for each backend.
  departed: ["condor_history", "condor_history", "condor_q", "condor_history"],
  describe: ["condor_q"],
  // It watches until the payload has ended.
  waitFor: ["condor_q", "condor_q", "condor_q"],
  withdraw: ["condor_q", "condor_rm", "condor_q"],
  // It waits for two rounds of the JobRouter, with a query every five seconds.
  release: ["condor_q", "condor_release", "condor_q", "condor_q", "condor_q", "condor_q"],
  // The first transfer brings the list for the second one.
  fetchHeld: [
    "condor_q",
    "condor_qedit",
    "condor_transfer_data",
    "condor_q",
    "condor_qedit",
    "condor_transfer_data",
    "condor_q",
    "condor_qedit"
  ]
}

for (const version of ["lts", "latest"] as const) {
  it.effect(
    `each operation: runs these tools, and no others (${version})`,
    () =>
      FaultScene.playing(Effect.scoped(Effect.gen(function*() {
        const { begin, fake } = yield* FaultScene.scene
        for (const [name, start] of Object.entries(begin)) {
          yield* fake.reinstall
          const attempt = yield* start
          const before = (yield* fake.calls).length
          yield* attempt.run
          const tools = (yield* fake.calls).slice(before).map(({ tool }) => tool)
          assert.deepStrictEqual(tools, runs[name], name)
        }
      }))).pipe(Effect.provide(FaultScene.services(version))),
    60_000
  )
}
