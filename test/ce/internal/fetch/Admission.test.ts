import { assert, it } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import * as Admission from "../../../../src/ce/internal/fetch/Admission.ts"
import { candidate } from "../../Scripted.ts"

const job = (bytes: number | undefined, proc: number) => candidate(proc, { bytes })

const Size = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000 }))

it.effect.prop(
  "Admission: every job is admitted or refused, the admitted ones fit together, and no refused one would have fitted",
  [
    Arbitrary.array(Arbitrary.schema(Schema.UndefinedOr(Size)), { maxLength: 8 }),
    Size,
    Size,
    Schema.UndefinedOr(Size)
  ],
  ([sizes, maxBytes, minFreeBytes, free]) =>
    Effect.sync(() => {
      const jobs = sizes.map(job)
      const { admitted, refused } = Admission.admit(jobs, { maxBytes, minFreeBytes }, free)
      assert.deepStrictEqual(
        [...admitted, ...refused].map((one) => String(one.handle)).toSorted(),
        jobs.map((one) => String(one.handle)).toSorted()
      )
      const taken = admitted.reduce((sum, { bytes = 0 }) => sum + bytes, 0)
      assert.isTrue(admitted.length === 0 || free === undefined || taken <= free - minFreeBytes)
      assert.isTrue(admitted.every(({ bytes = 0 }) => bytes <= maxBytes))
      for (const { actual, allowed, limit } of refused) {
        assert.isTrue(limit === "maxBytes" ? actual > maxBytes : actual > allowed || allowed === 0)
        assert.isTrue(limit === "maxBytes" || free !== undefined)
      }
    })
)
