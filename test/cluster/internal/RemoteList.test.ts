import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import * as RemoteList from "../../../src/cluster/internal/RemoteList.ts"
import { type Capability, JobHandle, SubmissionKey } from "../../../src/index.ts"

const endpoint = "ce.example.org:9619"

const listed = (number: number, status: "Waiting" | "Running"): Capability.ListedJob => ({
  _tag: "Listed",
  handle: new JobHandle.JobHandle({
    backend: "htcondor-ce",
    endpoint,
    scheduler: "ce.example.org",
    job: `${number}.0`,
    key: SubmissionKey.SubmissionKey.make("key"),
    copy: 0
  }),
  status: { _tag: status }
})

it.effect("each job is reported once, even if an owner begins again; a record without a name is reported each time", () =>
  Effect.gen(function*() {
    const other: Capability.ListedJob = { _tag: "OtherFormat", endpoint, job: "3.0" }
    const nameless: Capability.ListedJob = { _tag: "Unreadable", endpoint, detail: "?" }
    const list = RemoteList.each(
      Stream.make(listed(1, "Waiting"), other, nameless, listed(1, "Running"), other, nameless, listed(2, "Waiting"))
    )
    const once = [listed(1, "Waiting"), other, nameless, nameless, listed(2, "Waiting")]
    assert.deepStrictEqual(yield* Stream.runCollect(list), once)
    // A second call reports all jobs again.
    assert.deepStrictEqual(yield* Stream.runCollect(list), once)
  }))
