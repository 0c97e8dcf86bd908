import { describe, expectTypeOf, it } from "@effect/vitest"
import type * as Submission from "../../src/contract/Submission.ts"

describe("Submission", () => {
  it("the interfaces equal the types of the schemas", () => {
    expectTypeOf<Submission.SubmissionSpec>().toEqualTypeOf<typeof Submission.SubmissionSpec.Type>()
    expectTypeOf<Submission.Copy>().toEqualTypeOf<typeof Submission.Copy.Type>()
    expectTypeOf<Submission.Resources>().toEqualTypeOf<typeof Submission.Resources.Type>()
    expectTypeOf<Submission.FileRef>().toEqualTypeOf<typeof Submission.FileRef.Type>()
  })
})
