import { assert, describe, it } from "@effect/vitest"
import * as StatusMapping from "../../../../src/ce/internal/query/StatusMapping.ts"
import { JobState } from "../../../../src/condor/index.ts"
import { JobStatus } from "../../../../src/index.ts"

const { cases } = JobState.JobState
const since = 1_795_687_881

/** The diagnosis in the status of a state. */
const said = (state: JobState.JobState): string | undefined => {
  const status = StatusMapping.fromState(state)
  return "diagnosis" in status ? status.diagnosis : undefined
}

describe("diagnosis", () => {
  it("job that no route takes: says so, and since when", () => {
    assert.deepStrictEqual(
      StatusMapping.fromState(cases.Idle.make({ delay: JobState.Delay.cases.Unrouted.make({ since }) })),
      JobStatus.JobStatus.cases.Waiting.make({
        diagnosis:
          "not routed to the batch system: no route of the compute element fits the job, or the routes are at their limits, " +
          "since 2026-11-26T10:11:21.000Z"
      })
    )
  })

  it("wait since an impossible time: is there without the time", () => {
    for (const _tag of ["Unrouted", "Unsubmitted", "ResourceUnavailable"] as const) {
      const text = said(cases.Idle.make({ delay: JobState.Delay.cases[_tag].make({ since: 9e15 }) }))
      assert.isDefined(text)
      assert.notInclude(text, "since")
    }
  })
})
