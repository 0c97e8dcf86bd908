import { assert, describe, it } from "@effect/vitest"
import * as StatusMapping from "../../../../src/ce/internal/query/StatusMapping.ts"
import { JobState } from "../../../../src/condor/index.ts"
import { JobStatus } from "../../../../src/index.ts"

const { cases } = JobState.JobState
const since = 1_795_687_881

/** The diagnosis that the status of a state has. */
const said = (state: JobState.JobState): string | undefined => {
  const status = StatusMapping.fromState(state)
  return "diagnosis" in status ? status.diagnosis : undefined
}

describe("the diagnosis", () => {
  it("of a job that no route takes is that, and since when", () => {
    assert.deepStrictEqual(
      StatusMapping.fromState(cases.Idle.make({ delay: JobState.Delay.cases.Unrouted.make({ since }) })),
      JobStatus.JobStatus.cases.Waiting.make({
        diagnosis:
          "not routed to the batch system: no route of the compute element fits the job, or the routes are at their limits, " +
          "since 2026-11-26T10:11:21.000Z"
      })
    )
  })

  it("of a wait since a time that is none is told all the same", () => {
    for (const _tag of ["Unrouted", "Unsubmitted", "ResourceUnavailable"] as const) {
      const text = said(cases.Idle.make({ delay: JobState.Delay.cases[_tag].make({ since: 9e15 }) }))
      assert.isDefined(text)
      assert.notInclude(text, "since")
    }
  })

  it("of a job that condor_hold holds does not say that its owner did it, nor that this is why", () => {
    const hold = { code: 1, subcode: 0, reason: "via condor_hold (by user pilot)" }
    assert.match(said(cases.Held.make(hold)) ?? "", /^somebody used condor_hold; .* reason of that hold is lost$/)
    assert.match(said(cases.Held.make({ ...hold, copied: true })) ?? "", /^the batch system holds the job; /)
  })

  it("of any other hold is its reason alone", () => {
    for (const code of [0, 6, 12, 13, 26, 34]) {
      assert.deepStrictEqual(
        StatusMapping.fromState(cases.Held.make({ code, subcode: 2, reason: "why", copied: true })),
        JobStatus.JobStatus.cases.Held.make({ code, subcode: 2, reason: "why" })
      )
    }
  })

  it("of a removal for \"disabled job retries\" is what that means, and the reason is kept", () => {
    const reason = "CE job removed by SYSTEM_PERIODIC_REMOVE due to disabled job retries"
    const status = StatusMapping.fromState(cases.Removed.make({ reason }))
    assert.strictEqual(status._tag === "Removed" ? status.reason : "", reason)
    assert.match(said(cases.Removed.make({ reason })) ?? "", /^the batch system lost or evicted the job /)
  })

  it.each([
    "via condor_rm (by user pilot)",
    "CE job removed by SYSTEM_PERIODIC_REMOVE due to being in the hold state for 24 hours.",
    ""
  ])("of a removal %j is its reason alone", (reason) => {
    assert.deepStrictEqual(StatusMapping.fromState(cases.Removed.make({ reason })), {
      ...JobStatus.JobStatus.cases.Removed.make({ reason })
    })
  })
})
