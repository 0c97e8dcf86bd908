/** Many CEs as one, on a grid of fakes. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Fiber, FileSystem, Layer, Metric, Option, Path, Redacted, Result, Stream } from "effect"
import { CredentialProvider } from "../../src/contract/Credential.ts"
import {
  Capability,
  ComputeElements,
  Credential,
  JobHandle,
  Metrics,
  Outcomes,
  SubmissionKey
} from "../../src/index.ts"
import { FakeGrid, FakeSchedd, TimeLapse } from "../../src/testing/index.ts"
import { literal } from "../testing/Literal.ts"
import * as Scripted from "./Scripted.ts"
import { told } from "./Watching.ts"

const endpoints = Array.from({ length: 12 }, (_, index) => `ce-${index}.example.org:9619`)
const [first = "", second = "", third = ""] = endpoints

const played = <A, E, R>(effect: Effect.Effect<A, E, R>) => TimeLapse.run(effect, { step: "1 second" })

/** A user with a separate name for each CE. */
const userOf = (endpoint: string) => `pilot-${endpoint.split(".")[0]}`

const asked: Array<readonly [of: string, resource: string]> = []

const credentials = (endpoint: string) =>
  Layer.succeed(CredentialProvider, {
    credentials: ({ resource }) =>
      Effect.sync(() => {
        asked.push([endpoint, resource])
        return [Credential.fromText("IdToken", FakeSchedd.token(userOf(endpoint)))]
      })
  })

const directory: ComputeElements.Directory = (endpoint) => {
  // The first CE had another name before.
  if (endpoint === "old.example.org:9619") {
    return { endpoint: first, formerly: [{ endpoint: "old.example.org" }], credentials: credentials(first) }
  }
  if (endpoint === "bad.example.org:9619") return { endpoint: "<bad>", credentials: credentials(endpoint) }
  return endpoints.includes(endpoint)
    ? { endpoint, formerly: [{ endpoint: "old.example.org" }], credentials: credentials(endpoint) }
    : undefined
}

const grid = FakeGrid.layer(
  Object.fromEntries(
    endpoints.map((endpoint) => [endpoint, { payload: () => ({ duration: "30 seconds", stdout: endpoint }) }] as const)
  )
).pipe(Layer.provideMerge(NodeServices.layer))

const site = ComputeElements.layer(directory).pipe(Layer.provideMerge(grid))
const retaining = ComputeElements.layerRetaining(directory).pipe(Layer.provideMerge(grid))

const submitAt = Effect.fnUntraced(function*(endpoint: string) {
  const { at } = yield* ComputeElements.ComputeElements
  const submit = Effect.gen(function*() {
    const { submit } = yield* Capability.Submitter
    return yield* submit({ executable: "/bin/true" }, [{}], { key: yield* SubmissionKey.generate })
  })
  const { handles: [handle = assert.fail()] } = yield* Effect.provide(submit, at(endpoint))
  return handle
})

const submitAll = (some: ReadonlyArray<string>) => Effect.forEach(some, submitAt, { concurrency: "unbounded" })

/** A job of a CE that is not configured. */
const stranger = Scripted.handle("7.0")

const tags = <A extends object, E extends { readonly _tag: string }>(outcomes: Outcomes.Outcomes<A, E>) =>
  Outcomes.match(outcomes, {
    onSuccess: (value) => "_tag" in value ? value._tag : "Retrieved",
    onFailure: ({ _tag }) => _tag
  })

const seconds = Effect.map(Clock.currentTimeMillis, (milliseconds) => milliseconds / 1_000)

describe("ComputeElements", () => {
  it.effect("asks each CE about its handles, and answers in the order of the handles", () =>
    Effect.gen(function*() {
      const { cancel } = yield* Capability.Cancellable
      const { status, statusOf } = yield* Capability.StatusReporter
      const handles = (yield* submitAll(endpoints)).toReversed()
      assert.deepStrictEqual(handles.map(({ endpoint }) => endpoint), endpoints.toReversed())
      const outcomes = yield* status([...handles, stranger])
      assert.deepStrictEqual(Array.from(outcomes, ([one]) => one), [...handles, stranger])
      assert.isTrue(
        Outcomes.successes(outcomes).every(([, { _tag }]) => ["Staging", "Waiting", "Running"].includes(_tag))
      )
      const [[, error] = assert.fail()] = Outcomes.failures(outcomes)
      assert.strictEqual(
        error.message,
        "job 7.0 belongs to ce.example.org:9619 (ce.example.org), not to a compute element that is configured"
      )
      assert.strictEqual((yield* Effect.flip(statusOf(stranger)))._tag, "WrongEndpoint")
      const [one = assert.fail()] = handles
      assert.strictEqual(
        (yield* statusOf(one))._tag,
        Option.getOrThrow(Option.flatMap(Outcomes.get(outcomes, one), Result.getSuccess))._tag
      )
      assert.deepStrictEqual(new Set(tags(yield* cancel(handles))), new Set(["Cancelled"]))
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("fetches from all of them to one destination, and purges", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const place = yield* fileSystem.makeTempDirectoryScoped()
      const { waitFor } = yield* Capability.StatusReporter
      const { fetch, fetchOne } = yield* Capability.OutputRetriever
      const { purge } = yield* Capability.Purgeable
      const handles = yield* submitAll(endpoints.slice(0, 4))
      const [rest = assert.fail(), last = assert.fail(), ...fetched] = handles
      assert.deepStrictEqual(new Set(tags(yield* waitFor(handles, { until: "Terminal" }))), new Set(["Completed"]))
      const outputs = Outcomes.successes(yield* fetch(fetched, place))
      const texts = yield* Effect.forEach(outputs, ([, { stdout }]) => fileSystem.readFileString(stdout.path))
      assert.deepStrictEqual(texts, fetched.map(({ endpoint }) => endpoint))
      assert.deepStrictEqual(tags(yield* fetch([...fetched, stranger], place)), [
        "AlreadyRetrieved",
        "AlreadyRetrieved",
        "WrongEndpoint"
      ])
      assert.strictEqual(yield* fileSystem.readFileString((yield* fetchOne(rest, place)).stdout.path), first)
      assert.deepStrictEqual(tags(yield* purge([last])), ["Purged"])
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("layerRetaining: fetches the same output any number of times", () =>
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const place = yield* fileSystem.makeTempDirectoryScoped()
      const { waitFor } = yield* Capability.StatusReporter
      const { fetch, fetchOne } = yield* Capability.RepeatableOutputRetriever
      const handles = yield* submitAll([first, second])
      yield* waitFor(handles, { until: "Terminal" })
      for (const directory of [`${place}/a`, `${place}/b`]) {
        assert.strictEqual(Outcomes.successes(yield* fetch(handles, directory)).length, 2)
      }
      const [one = assert.fail()] = handles
      assert.strictEqual((yield* fetchOne(one, `${place}/c`)).handle.endpoint, first)
    }).pipe(played, Effect.scoped, Effect.provide(retaining)))

  it.effect("a CE that hangs delays no other, and its failure is the outcome of its handles", () =>
    Effect.gen(function*() {
      const { status, statusOf } = yield* Capability.StatusReporter
      const handles = yield* submitAll([first, second, third])
      const [one = assert.fail(), two = assert.fail(), three = assert.fail()] = handles
      const fake = yield* (yield* FakeGrid.FakeGrid).at(first)
      yield* fake.fault({ _tag: "Hung" })
      const all = yield* Effect.forkChild(status(handles))
      const alone = yield* Effect.forkChild(Effect.flip(status([one])))
      const began = yield* seconds
      assert.strictEqual(Outcomes.successes(yield* status([two, three])).length, 2)
      yield* statusOf(two)
      assert.isBelow((yield* seconds) - began, 5)
      assert.deepStrictEqual(tags(yield* Fiber.join(all)).slice(0, 1), ["StatusUnavailable"])
      assert.strictEqual(Outcomes.successes(yield* Fiber.join(all)).length, 2)
      // A call about this CE only fails as the CE does.
      assert.strictEqual((yield* Fiber.join(alone))._tag, "CEUnavailable")
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("watch: a CE that is down for longer than the patience ends no watch, and its jobs are followed again later", () =>
    Effect.gen(function*() {
      const { watch } = yield* Capability.StatusReporter
      const handles = yield* submitAll([first, second])
      const fake = yield* (yield* FakeGrid.FakeGrid).at(first)
      const seen: Array<string> = []
      const down = yield* Effect.forkChild(
        Effect.scoped(Effect.andThen(fake.fault({ _tag: "Unreachable" }), Effect.sleep("10 minutes")))
      )
      yield* Stream.runForEach(
        watch([...handles, stranger]),
        (change) => Effect.sync(() => seen.push(`${change.handle.endpoint} ${told(change)}`))
      )
      yield* Fiber.join(down)
      const of = (endpoint: string) =>
        seen.filter((line) => line.startsWith(`${endpoint} `)).map((line) => line.split(" ")[2])
      assert.deepStrictEqual(of(first), ["StatusUnavailable", "Completed"])
      assert.strictEqual(of(second).at(-1), "Completed")
      assert.deepStrictEqual(of(stranger.endpoint), ["WrongEndpoint"])
      assert.isBelow(seen.indexOf(`${second} 0 Completed`), seen.indexOf(`${first} 0 Completed`))
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("watch: counts the jobs of each CE, as the watch of one CE does", () =>
    Effect.gen(function*() {
      const { watch } = yield* Capability.StatusReporter
      yield* Stream.runDrain(watch(yield* submitAll([first, second])))
      const of = Effect.fnUntraced(function*(metric: { readonly id: string }) {
        const all = (yield* Metric.snapshot).filter(({ id }) => id === metric.id)
        return new Set(all.map(({ attributes }) => attributes?.["endpoint"]))
      })
      for (const metric of [Metrics.jobs, Metrics.ended, Metrics.queueTime]) {
        assert.deepStrictEqual(yield* of(metric), new Set([first, second]), metric.id)
      }
    }).pipe(
      played,
      Effect.scoped,
      Effect.provide(site),
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))

  it.effect("watch: divides each set, and emits only what differs from the known outcomes", () =>
    Effect.gen(function*() {
      const { status, watch } = yield* Capability.StatusReporter
      const [one = assert.fail(), two = assert.fail()] = yield* submitAll([first, second])
      yield* Effect.sleep("10 seconds")
      const known = Outcomes.successes(yield* status([one, two]))
      assert.deepStrictEqual(known.map(([, { _tag }]) => _tag), ["Running", "Running"])
      const sets = Stream.make([one], [one, two]).pipe(
        Stream.mapEffect((set, index) => Effect.delay(Effect.succeed(set), `${index} seconds`))
      )
      const changes = yield* Stream.runCollect(watch(sets, { known }))
      assert.deepStrictEqual(
        Array.from(changes, (change) => `${change.handle.endpoint} ${change.previous?._tag} ${told(change)}`)
          .toSorted(),
        [`${first} Running 0 Completed`, `${second} Running 0 Completed`]
      )
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("watch: a known outcome counts when its job enters the set, also for a CE that was left in the meantime", () =>
    Effect.gen(function*() {
      const { status, watch } = yield* Capability.StatusReporter
      const handles = yield* submitAll([first, second, first])
      const [one = assert.fail(), two = assert.fail(), three = assert.fail()] = handles
      yield* Effect.sleep("10 seconds")
      const known = Outcomes.successes(yield* status(handles))
      const sets = Stream.make([one], [two], [one, three]).pipe(
        Stream.mapEffect((set, index) => Effect.delay(Effect.succeed(set), `${index} seconds`))
      )
      const changes = Array.from(yield* Stream.runCollect(watch(sets, { known })))
      const of = ({ job }: JobHandle.JobHandle) =>
        changes.filter(({ handle }) => handle.endpoint === first && handle.job === job).map(told)
      assert.deepStrictEqual(of(three), ["0 Completed"])
      // A job that comes back is treated as new.
      assert.deepStrictEqual(of(one), ["0 Running", "0 Completed"])
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("a former name, and any spelling, lead to the same CE; an invalid configuration is a failure of its handles", () =>
    Effect.gen(function*() {
      const { at } = yield* ComputeElements.ComputeElements
      const { status } = yield* Capability.StatusReporter
      const handle = yield* submitAt("CE-0.Example.ORG.")
      const old = new JobHandle.JobHandle({ ...handle, endpoint: "old.example.org:9619", scheduler: "old.example.org" })
      const spelt = new JobHandle.JobHandle({ ...handle, endpoint: "CE-0.example.org.:9619" })
      const bad = new JobHandle.JobHandle({ ...handle, endpoint: "bad.example.org:9619" })
      const none = new JobHandle.JobHandle({ ...handle, endpoint: "<127.0.0.1:9619>" })
      const outcomes = yield* status([old, spelt, bad, none])
      assert.deepStrictEqual(tags(outcomes).slice(2), ["StatusUnavailable", "WrongEndpoint"])
      assert.strictEqual(Outcomes.successes(outcomes).length, 2)
      for (const name of ["nowhere.example.org", "bad.example.org", "<127.0.0.1:9619>"]) {
        const error = yield* Effect.flip(Effect.provide(Effect.asVoid(Capability.Submitter), at(name)))
        assert.strictEqual(error._tag, "InvalidEndpoint")
      }
    }).pipe(played, Effect.scoped, Effect.provide(site)))

  it.effect("releases a CE that is unused for idleTimeToLive, and builds it again for the next call", () => {
    const released: Array<string> = []
    const noting: ComputeElements.Directory = (endpoint) => ({
      endpoint,
      credentials: Layer.merge(
        credentials(endpoint),
        Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => released.push(endpoint))))
      )
    })
    const options = { idleTimeToLive: "1 minute" } as const
    return Effect.gen(function*() {
      const { watch } = yield* Capability.StatusReporter
      const handle = yield* submitAt(first)
      yield* Effect.sleep("50 seconds")
      assert.deepStrictEqual(released, [])
      // A watch counts as use.
      const sets = Stream.concat(Stream.make([handle]), Stream.drain(Stream.fromEffect(Effect.sleep("5 minutes"))))
      const changes = yield* Effect.forkChild(Stream.runCollect(watch(sets)))
      yield* Effect.sleep("4 minutes")
      assert.deepStrictEqual(released, [])
      yield* Effect.sleep("3 minutes")
      assert.deepStrictEqual(released, [first])
      assert.deepStrictEqual(Array.from(yield* Fiber.join(changes), told), ["0 Completed"])
      yield* submitAt(first)
    }).pipe(
      played,
      Effect.scoped,
      Effect.provide(ComputeElements.layer(noting, options).pipe(Layer.provideMerge(grid)))
    )
  })

  it.effect("builds the services of a CE again after they could not be built, however often it is used", () => {
    let builds = 0
    const failing: ComputeElements.Directory = (endpoint) => ({
      endpoint,
      credentials: Layer.unwrap(
        Effect.suspend(() =>
          ++builds === 1 ? Effect.die(new Error("the file is not there yet")) : Effect.succeed(credentials(endpoint))
        )
      )
    })
    return Effect.gen(function*() {
      const { status } = yield* Capability.StatusReporter
      const handle = new JobHandle.JobHandle({ ...stranger, endpoint: first, scheduler: "ce-0.example.org" })
      const ask = Effect.map(Effect.exit(status([handle])), ({ _tag }) => _tag)
      const each = yield* Effect.replicateEffect(Effect.delay(ask, "1 minute"), 3)
      assert.deepStrictEqual([each, builds], [["Failure", "Success", "Success"], 2])
    }).pipe(
      played,
      Effect.scoped,
      Effect.provide(ComputeElements.layer(failing).pipe(Layer.provideMerge(grid)))
    )
  })

  it.effect("looks for leftovers in the temporary directory once for all CEs, and not once for each", () => {
    const read: Array<string> = []
    const noting = Layer.effect(
      FileSystem.FileSystem,
      Effect.map(FileSystem.FileSystem, (inner) => ({
        ...inner,
        readDirectory: (...[path, options]: Parameters<FileSystem.FileSystem["readDirectory"]>) =>
          Effect.andThen(Effect.sync(() => read.push(path)), inner.readDirectory(path, options))
      }))
    )
    return Effect.gen(function*() {
      const path = yield* Path.Path
      const fileSystem = yield* FileSystem.FileSystem
      const temporary = path.dirname(yield* fileSystem.makeTempDirectoryScoped())
      yield* submitAll(endpoints)
      // The part that makes submissions looks once, and so does the part that runs the tools.
      assert.strictEqual(read.filter((one) => one === temporary).length, 2)
    }).pipe(
      played,
      Effect.scoped,
      Effect.provide(
        ComputeElements.layer(directory).pipe(
          Layer.provideMerge(FakeGrid.layer(Object.fromEntries(endpoints.map((endpoint) => [endpoint, {}] as const)))),
          Layer.provideMerge(Layer.provideMerge(noting, NodeServices.layer))
        )
      )
    )
  })

  it.effect("shows to each CE only its own credentials", () =>
    Effect.gen(function*() {
      const handles = yield* submitAll(endpoints)
      yield* Effect.flatMap(Capability.StatusReporter, ({ status }) => status(handles))
      for (const fake of (yield* FakeGrid.FakeGrid).all) {
        const [ad = assert.fail()] = yield* fake.queue
        assert.strictEqual(literal(ad, "Owner"), userOf(fake.endpoint))
      }
      assert.isNotEmpty(asked)
      assert.isTrue(asked.every(([of, resource]) => of === resource))
    }).pipe(played, Effect.scoped, Effect.provide(site)))
})

it.effect("Credential.layerTokenDirectory: each CE has its own file", () =>
  Effect.gen(function*() {
    const fileSystem = yield* FileSystem.FileSystem
    const place = yield* fileSystem.makeTempDirectoryScoped()
    const tokenOf = (resource: string) =>
      Effect.gen(function*() {
        const { credentials } = yield* CredentialProvider
        const [token = assert.fail()] = yield* credentials({ resource, kinds: ["IdToken"], scopes: [] })
        return token._tag === "IdToken" ? Redacted.value(token.token) : assert.fail()
      }).pipe(Effect.provide(Credential.layerTokenDirectory(place)))
    yield* fileSystem.writeFileString(`${place}/ce-0.example.org_9619.token`, "eyJhbGciOiJIUzI1NiJ9.e30.MA")
    yield* fileSystem.writeFileString(`${place}/_2001_db8__1__9619.token`, "eyJhbGciOiJIUzI1NiJ9.e30.MQ")
    assert.strictEqual(yield* tokenOf(first), "eyJhbGciOiJIUzI1NiJ9.e30.MA")
    assert.strictEqual(yield* tokenOf("[2001:db8::1]:9619"), "eyJhbGciOiJIUzI1NiJ9.e30.MQ")
    const error = yield* Effect.flip(tokenOf("../ce-0.example.org_9619"))
    assert.include(error.message, ".._ce-0.example.org_9619.token")
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
