import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Equal, Result, Schema } from "effect"
import * as StatusMapping from "../../../../src/ce/internal/query/StatusMapping.ts"
import { JobAd, JobState } from "../../../../src/condor/index.ts"
import { JobStatus } from "../../../../src/index.ts"
import { ad, expressionOf, satisfies } from "../../Scripted.ts"

// Attributes that decide the status, and values that no schedd should write.
const Odd = Schema.Struct({
  JobStatus: Schema.Int.check(Schema.isBetween({ minimum: -1, maximum: 12 })),
  LastJobStatus: Schema.optionalKey(Schema.Literals([1, 2, 4, 5, "4"])),
  HoldReasonCode: Schema.optionalKey(Schema.Literals([1, 12, 16, "16"])),
  GridResource: Schema.optionalKey(Schema.Literals(["condor a b"])),
  GridJobId: Schema.optionalKey(Schema.Literals(["condor a b 1.0"])),
  GridJobStatus: Schema.optionalKey(Schema.Literals(["COMPLETED", "TRANSFERRING_OUTPUT", "SUSPENDED", "RUNNING", 4])),
  JobCurrentStartDate: Schema.optionalKey(Schema.Literals([0, 1_000]))
})

it.effect.prop(
  "mayBe: makes a schedd return each job that has a status, and few others",
  [Odd],
  ([odd]) =>
    Effect.sync(() => {
      const record = ad("7.0", odd)
      const { _tag } = StatusMapping.fromState(JobState.fromAd(Result.getOrThrow(JobAd.fromJson(record))))
      const given = Object.entries(StatusMapping.mayBe).flatMap(([tag, condition]) =>
        satisfies(expressionOf(`(${condition}) =!= false`))(record) ? [tag] : []
      )
      assert.include(given, _tag)
      assert.isAtMost(given.length, 4, given.join(" "))
    }),
  { arbitrary: { runs: 500 } }
)

const [entered, started, ended] = [1_795_687_300, 1_795_687_200, 1_795_687_256]

/** An ad with all times, and the second since which the job has its status. */
const rows: ReadonlyArray<readonly [JobStatus.JobStatus["_tag"], Partial<JobState.StateAd>, number | undefined]> = [
  ["Staging", { JobStatus: 5, HoldReasonCode: 16 }, entered],
  ["Waiting", { JobStatus: 1 }, entered],
  ["Waiting", { JobStatus: 9 }, entered],
  ["Running", { JobStatus: 2 }, started],
  ["Suspended", { JobStatus: 7 }, undefined],
  ["Suspended", { JobStatus: 2, GridJobStatus: "SUSPENDED" }, undefined],
  ["Finishing", { JobStatus: 6 }, undefined],
  ["Finishing", { JobStatus: 2, GridJobStatus: "COMPLETED" }, undefined],
  ["Held", { JobStatus: 5, HoldReasonCode: 12 }, entered],
  ["Completed", { JobStatus: 4 }, ended],
  ["Completed", { JobStatus: 3, LastJobStatus: 4 }, ended],
  ["Removed", { JobStatus: 3, LastJobStatus: 2 }, entered]
]

const statusOf = (attributes: Partial<JobState.StateAd>) =>
  StatusMapping.fromAd({
    JobStatus: 1,
    RoutedToJobId: "1.0",
    EnteredCurrentStatus: entered,
    JobCurrentStartDate: started,
    CompletionDate: ended,
    ...attributes
  })

const secondsOf = (status: JobStatus.JobStatus) => {
  const since = JobStatus.sinceOf(status)
  return since === undefined ? undefined : DateTime.toEpochMillis(since) / 1_000
}

describe("time since which a job is in its state", () => {
  it.each(rows)("%s by %j: is the time in the ad: %s", (tag, attributes, seconds) => {
    const status = statusOf(attributes)
    assert.deepStrictEqual([status._tag, secondsOf(status)], [tag, seconds])
  })

  it.each(rows)("%s by %j: is absent if the ad has no time, or an impossible one", (tag, attributes) => {
    for (const time of [undefined, 0, Number.MAX_SAFE_INTEGER]) {
      const times = Object.fromEntries(
        ["EnteredCurrentStatus", "JobCurrentStartDate", "CompletionDate"].map((name) => [name, time])
      )
      const status = statusOf({ ...attributes, ...times })
      assert.deepStrictEqual([status._tag, JobStatus.sinceOf(status)], [tag, undefined])
    }
  })

  it("is part of the query: jobs of one second have one constraint, and those of the next second another", () => {
    const at = (second: number) => statusOf({ JobStatus: 2, JobCurrentStartDate: second })
    assert.strictEqual(at(started), at(started))
    assert.isFalse(Equal.equals(at(started), at(started + 1)))
    for (let second = 1; second <= 50_000; second++) at(second)
    assert.isTrue(Equal.equals(at(started), { _tag: "Running", since: DateTime.makeUnsafe(started * 1_000) }))
  })
})
