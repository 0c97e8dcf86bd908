/** The metrics of a backend, over the fake, in a separate registry. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FileSystem, Layer, Metric, Stream } from "effect"
import { Capability, Credential, HTCondorCE, Metrics, SubmissionKey } from "../../src/index.ts"
import { FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import * as Spans from "../condor/Spans.ts"
import { schedd } from "./ListedSchedd.ts"
import { elder, submit as submitTwo } from "./Submitting.ts"

const endpoint = "ce.example.org:9619"

/** A CE with two slots. Each payload exits as its environment says. */
const site = (options: FakeSchedd.Options = {}) =>
  HTCondorCE.layer({ endpoint }).pipe(
    Layer.provide(Credential.layerToken(FakeSchedd.token("pilot"))),
    Layer.provideMerge(FakeSchedd.layer({
      slots: 2,
      payload: ({ environment }) => ({
        duration: "10 minutes",
        stdout: "hello\n",
        exit: { code: Number(environment["CODE"] ?? 0) }
      }),
      ...options
    })),
    Layer.provideMerge(NodeServices.layer)
  )

const isolated = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provideService(effect, Metric.MetricRegistry, new Map())

interface Series {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly value: number
}

/** Every series, with its value, or with its number of observations. */
const series = Effect.map(Metric.snapshot, (snapshot): ReadonlyArray<Series> =>
  snapshot.map((metric) => ({
    name: metric.id,
    attributes: { ...metric.attributes },
    value: metric.type === "Counter" ?
      Number(metric.state.count)
      : metric.type === "Gauge" ?
      Number(metric.state.value)
      : metric.type === "Histogram" ?
      metric.state.count
      : assert.fail(metric.type)
  })))

/** The series of one metric, as `label=value,... -> value`, without the endpoint, which all of them have. */
const of = (all: ReadonlyArray<Series>, { id }: { readonly id: string }) =>
  all.filter(({ name }) => name === id).map(({ attributes: { endpoint: at, ...rest }, value }) => {
    assert.strictEqual(at, endpoint, id)
    return `${Object.entries(rest).map(([label, text]) => `${label}=${text}`).toSorted().join()} -> ${value}`
  }).toSorted()

const submit = Effect.fnUntraced(function*(copies: ReadonlyArray<string>, key = "task-42") {
  const fileSystem = yield* FileSystem.FileSystem
  const directory = yield* fileSystem.makeTempDirectoryScoped({ prefix: "metrics-" })
  yield* fileSystem.writeFileString(`${directory}/pilot.sh`, "#!/bin/sh\n", { mode: 0o755 })
  const { submit } = yield* Capability.Submitter
  const { handles } = yield* submit(
    { executable: `${directory}/pilot.sh` },
    copies.map((code) => ({ environment: { CODE: code } })),
    { key: SubmissionKey.SubmissionKey.make(key) }
  )
  return { directory, handles }
})

describe("metrics", () => {
  it.effect("a run of jobs is counted: submitted, watched, held, ended, fetched, and each tool and operation", () =>
    Effect.gen(function*() {
      const fake = yield* FakeSchedd.FakeSchedd
      const { watch } = yield* Capability.StatusReporter
      const { directory, handles } = yield* submit(["0", "3", "0"])
      yield* submit(["0", "3", "0"])
      const seen: Array<ReadonlyArray<string>> = []
      const [first, , third] = handles
      if (first === undefined || third === undefined) return assert.fail("three were submitted")
      yield* Stream.runForEach(watch(handles), ({ handle, outcome }) =>
        Effect.gen(function*() {
          seen.push(of(yield* series, Metrics.jobs))
          if (handle.job !== third.job || outcome._tag === "Failure") return
          if (outcome.success._tag === "Waiting") yield* fake.hold(handle.job, { reason: "no" })
          if (outcome.success._tag === "Held") {
            yield* Effect.flatMap(Capability.Cancellable, ({ cancel }) => cancel([third]))
          }
        }))
      const { fetch } = yield* Capability.OutputRetriever
      yield* fetch(handles, `${directory}/output`)
      yield* fetch([first], `${directory}/output`)

      const all = yield* series
      assert.deepStrictEqual(of(all, Metrics.submitted), ["adopted=false -> 3", "adopted=true -> 3"])
      assert.isTrue(seen.some((at) => at.includes("status=Waiting -> 3")))
      assert.isTrue(seen.some((at) => at.includes("status=Running -> 2") && at.includes("status=Held -> 1")))
      assert.deepStrictEqual(
        of(all, Metrics.jobs),
        ["Finishing", "Held", "Running", "Staging", "Suspended", "Waiting"].map((status) => `status=${status} -> 0`)
      )
      assert.deepStrictEqual(of(all, Metrics.ended), [
        "exit=failure,status=Completed -> 1",
        "exit=none,status=Removed -> 1",
        "exit=success,status=Completed -> 1"
      ])
      assert.deepStrictEqual(of(all, Metrics.held), ["cause=Request,code=1 -> 1"])
      assert.deepStrictEqual(of(all, Metrics.queueTime), [" -> 2"])
      assert.deepStrictEqual(of(all, Metrics.retrieved), [
        "outcome=AlreadyRetrieved -> 1",
        "outcome=OutputMissing -> 1",
        "outcome=Retrieved -> 2"
      ])
      assert.isAbove(all.find(({ name }) => name === Metrics.outputBytes.id)?.value ?? 0, 0)
      assert.deepStrictEqual(of(all, Metrics.jobErrors), [
        "error=AlreadyRetrieved,operation=fetch -> 1",
        "error=OutputMissing,operation=fetch -> 1"
      ])
      assert.includeMembers(of(all, Metrics.operations), [
        "operation=cancel,outcome=Success -> 1",
        "operation=fetch,outcome=Success -> 2",
        "operation=submit,outcome=Success -> 2"
      ])
      assert.include(of(all, Metrics.tools), "outcome=Success,tool=condor_submit -> 1")
      assert.deepStrictEqual(
        of(all, Metrics.toolWaiting).map((text) => text.replace(/ -> [1-9]\d*$/, "")),
        ["work=Question", "work=Transfer"]
      )

      // A label that grows with the jobs would make a series for each job.
      const secrets = [...handles.flatMap(({ job, key }) => [job, key]), directory]
      for (const { attributes, name } of all) {
        for (const value of Object.values(attributes)) {
          assert.isFalse(secrets.some((secret) => value.includes(secret)), `${name}: ${value}`)
          assert.notMatch(value, /^\d+\.\d+$/)
        }
      }
    }).pipe(Effect.scoped, TimeLapse.run, Effect.provide(site()), isolated))

  it.effect("an operation that fails counts by the tag of its error, and so does its tool", () =>
    Effect.gen(function*() {
      const { handles } = yield* submit(["0"])
      const fake = yield* FakeSchedd.FakeSchedd
      const { status } = yield* Capability.StatusReporter
      yield* fake.fault({ _tag: "Unreachable" })
      const error = yield* Effect.flip(status(handles))
      const all = yield* series
      assert.include(of(all, Metrics.operations), `operation=status,outcome=${error._tag} -> 1`)
      assert.isTrue(of(all, Metrics.tools).some((text) => text.startsWith("outcome=Exited,tool=condor_q")))
    }).pipe(Effect.scoped, TimeLapse.run, Effect.provide(site()), isolated))

  it.effect("metrics of a watch cost no query: there are as many tools as polls", () =>
    Effect.gen(function*() {
      const { handles } = yield* submit(["0"])
      const fake = yield* FakeSchedd.FakeSchedd
      const { watch } = yield* Capability.StatusReporter
      const before = (yield* fake.calls).length
      yield* Stream.runDrain(watch(handles))
      const polls = (yield* fake.calls).length - before
      const statuses = (yield* series).filter(({ attributes, name }) =>
        name === Metrics.operations.id && attributes["operation"] === "status"
      ).reduce((sum, { value }) => sum + value, 0)
      assert.isAtMost(polls, statuses + 1)
    }).pipe(Effect.scoped, TimeLapse.run, Effect.provide(site()), isolated))

  it.effect("a credential with an expiry has a gauge, and a removed duplicate is counted", () =>
    Effect.gen(function*() {
      const { layer } = schedd({}, elder(49))
      yield* Effect.provide(submitTwo(), layer)
      const all = yield* series
      assert.deepStrictEqual(of(all, Metrics.duplicates), [" -> 1"])
      const expiring = HTCondorCE.layer({ endpoint }).pipe(
        Layer.provide(Credential.layerToken(FakeSchedd.token("pilot", { expiresAt: 86_400 }))),
        Layer.provideMerge(FakeSchedd.layer()),
        Layer.provideMerge(NodeServices.layer)
      )
      yield* Effect.scoped(submit(["0"])).pipe(TimeLapse.run, Effect.provide(expiring))
      assert.deepStrictEqual(of(yield* series, Metrics.credentialExpiry), ["kind=IdToken -> 86400"])
    }).pipe(Effect.provide(NodeServices.layer), isolated))

  it.effect("spans name the CE, and the numbers of jobs that succeeded and failed", () =>
    Effect.gen(function*() {
      const { spans, tracer } = Spans.keeping()
      yield* Effect.gen(function*() {
        const { handles } = yield* submit(["0"])
        const { cancel } = yield* Capability.Cancellable
        yield* cancel(handles)
        const { fetch } = yield* Capability.OutputRetriever
        yield* fetch(handles, "output")
        const others = (yield* submit(["0", "0"], "task-43")).handles
        const { describe, waitFor } = yield* Capability.StatusReporter
        yield* waitFor(others, { until: "Running" })
        yield* describe(others)
        yield* Effect.flatMap(Capability.Releasable, ({ release }) => release(others))
        const { departed, list } = yield* Capability.Enumerable
        yield* Stream.runDrain(list())
        const { withdraw } = yield* Capability.Submitter
        yield* withdraw(SubmissionKey.SubmissionKey.make("task-43"))
        yield* Stream.runDrain(departed({ since: DateTime.makeUnsafe(0) }))
      }).pipe(Effect.scoped, Effect.withTracer(tracer))
      const attributes = (name: string) =>
        Object.fromEntries(spans.find((span) => span.name === name)?.attributes ?? assert.fail(name))
      assert.include(attributes("Submitter.submit"), { "htcondor.endpoint": endpoint, "htcondor.jobs.succeeded": 1 })
      assert.include(attributes("Cancellable.cancel"), {
        "htcondor.endpoint": endpoint,
        "htcondor.jobs.succeeded": 1,
        "htcondor.jobs.failed": 0
      })
      assert.include(attributes("OutputRetriever.fetch"), { "htcondor.jobs.succeeded": 0, "htcondor.jobs.failed": 1 })
      const counts = { "htcondor.endpoint": endpoint, "htcondor.jobs.succeeded": 2, "htcondor.jobs.failed": 0 }
      assert.include(attributes("StatusReporter.waitFor"), counts)
      assert.include(attributes("StatusReporter.describe"), counts)
      assert.include(attributes("Submitter.withdraw"), counts)
      assert.include(attributes("Releasable.release"), { "htcondor.jobs.succeeded": 0, "htcondor.jobs.failed": 2 })
      assert.include(attributes("Enumerable.list"), { "htcondor.endpoint": endpoint, "htcondor.jobs": 2 })
      assert.include(attributes("Enumerable.departed"), { "htcondor.endpoint": endpoint, "htcondor.jobs": 1 })
    }).pipe(TimeLapse.run, Effect.provide(site()), isolated))
})
