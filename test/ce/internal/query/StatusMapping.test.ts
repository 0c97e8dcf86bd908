import { assert, it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import * as StatusMapping from "../../../../src/ce/internal/query/StatusMapping.ts"
import { JobAd, JobState } from "../../../../src/condor/index.ts"
import { ad, expressionOf, satisfies } from "../../Scripted.ts"

// What decides the status, and values that no schedd should write.
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
  "mayBe: a schedd gives each job that has a status, and few others",
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
