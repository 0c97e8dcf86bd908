import { assert, it } from "@effect/vitest"
import { Data, Redacted, Result } from "effect"

class Failed extends Data.TaggedError("Failed")<{ readonly retry: string; readonly cause?: unknown }> {}

const now = new Failed({ retry: "Now" })

it("errors that differ only in a field are not equal, at any depth", () => {
  assert.deepStrictEqual(new Failed({ retry: "Now" }), now)
  assert.notDeepEqual(new Failed({ retry: "Later" }), now)
  assert.notDeepEqual([Result.fail(new Failed({ retry: "Later" }))], [Result.fail(now)])
  assert.notDeepEqual(
    new Failed({ retry: "Now", cause: now }),
    new Failed({ retry: "Now", cause: new Failed({ retry: "Later" }) })
  )
})

it("secrets are equal if their values are", () => {
  assert.deepStrictEqual([Redacted.make("one")], [Redacted.make("one")])
  assert.notDeepEqual([Redacted.make("one")], [Redacted.make("other")])
})
