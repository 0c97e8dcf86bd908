/** Tests a program against a schedd that needs no HTCondor. The program tries a payload again where the site is to blame. */
import { NodeServices } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { Capability, Credential, HTCondorCE, JobStatus, SubmissionKey } from "effect-htcondor-ce"
import { FakeSchedd, TimeLapse } from "effect-htcondor-ce/testing"

/** Runs a payload, and once more if the site has held or lost it. Returns how it ended. */
const runTwiceAtMost = Effect.fn("runTwiceAtMost")(function*(executable: string) {
  const { submit } = yield* Capability.Submitter
  const { watch } = yield* Capability.StatusReporter
  const runOnce = Effect.gen(function*() {
    const { handles } = yield* submit({ executable }, [{}], { key: yield* SubmissionKey.generate })
    const statuses = Stream.filterMap(watch(handles), ({ outcome }) => outcome)
    const ended = Stream.filter(statuses, (status) => status._tag === "Held" || JobStatus.isTerminal(status))
    return yield* Effect.flatMap(Stream.runHead(ended), Effect.fromOption)
  })
  const first = yield* runOnce
  return first._tag === "Completed" ? first : yield* runOnce
})

const site = HTCondorCE.layer({ endpoint: "ce.example.org" }).pipe(
  Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
  Layer.provideMerge(FakeSchedd.layer({ slots: 4, payload: () => ({ duration: "20 minutes", exit: { code: 3 } }) })),
  Layer.provideMerge(NodeServices.layer)
)

it.effect("a job that the site holds is submitted again, and its exit code is returned", () =>
  Effect.gen(function*() {
    const fake = yield* FakeSchedd.FakeSchedd
    const holds = Effect.andThen(Effect.sleep("5 minutes"), fake.hold("1.0", { reason: "no space left" }))
    yield* Effect.forkChild(holds)
    const status = yield* TimeLapse.run(runTwiceAtMost("/bin/true"), { step: "10 seconds" })
    assert.deepInclude(status, { _tag: "Completed", exit: { _tag: "Code", code: 3 } })
    assert.lengthOf(yield* fake.queue, 2)
  }).pipe(Effect.provide(site)))
