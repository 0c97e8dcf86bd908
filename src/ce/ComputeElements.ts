/**
 * Many HTCondor-CEs as one backend: each call for a handle is sent to the CE that the handle names.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Result from "effect/Result"
import type { ScheddTransport } from "../condor/Schedd.ts"
import { BackendFailed } from "../contract/BackendError.ts"
import {
  Cancellable,
  Enumerable,
  OutputRetriever,
  Purgeable,
  Releasable,
  RepeatableOutputRetriever,
  StatusReporter,
  Submitter
} from "../contract/Capability.ts"
import type { CredentialProvider } from "../contract/Credential.ts"
import * as PrivateDirectories from "../files/PrivateDirectories.ts"
import * as Endpoint from "./Endpoint.ts"
import * as HTCondorCE from "./HTCondorCE.ts"
import * as RebuildingMap from "./internal/many/RebuildingMap.ts"
import * as RoutedWatch from "./internal/many/RoutedWatch.ts"
import * as Routing from "./internal/many/Routing.ts"
import * as WatchedJobs from "./internal/metrics/WatchedJobs.ts"
import * as WaitFor from "./internal/status/WaitFor.ts"
import * as WatchPoller from "./internal/status/WatchPoller.ts"
import * as Route from "./Route.ts"

type Platform = FileSystem.FileSystem | Path.Path

/**
 * The configuration of one CE, and its own credential provider. No other CE gets these credentials.
 *
 * @category models
 * @since 0.1.0
 */
export interface ComputeElement extends HTCondorCE.Config {
  /** The provider of credentials for this CE, for example `Credential.layerFiles({ idToken: "/run/tokens/ce" })`. */
  readonly credentials: Layer.Layer<CredentialProvider, never, Platform>
}

/**
 * Finds the configuration of a CE by the name in a handle: `<host>:<port>`, in lower case. Returns undefined if there is none.
 * For a former name of a CE, return its present configuration, which lists that name in `formerly`.
 *
 * @category models
 * @since 0.1.0
 */
export type Directory = (endpoint: string) => ComputeElement | undefined

/**
 * The operations that name no job: submissions and lists, each at one CE.
 *
 * **Example** (Submitting to one of many CEs)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, ComputeElements, type Submission, SubmissionKey } from "effect-htcondor-ce"
 *
 * export const submit = Effect.fnUntraced(function*(endpoint: string, spec: Submission.SubmissionSpec) {
 *   const { at } = yield* ComputeElements.ComputeElements
 *   const key = yield* SubmissionKey.generate
 *   return yield* Effect.provide(
 *     Effect.flatMap(Capability.Submitter, (submitter) => submitter.submit(spec, [{}], { key })),
 *     at(endpoint)
 *   )
 * })
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class ComputeElements extends Context.Service<ComputeElements, {
  /**
   * The services of the CE with this name, `<host>` or `<host>:<port>`, for as long as the layer lives. Fails with
   * `InvalidEndpoint` if the directory has no such CE, or if its configuration cannot be used.
   */
  at(endpoint: string): Layer.Layer<Submitter | Enumerable, Endpoint.InvalidEndpoint>
}>()("effect-htcondor-ce/ComputeElements") {}

/**
 * How long the services of a CE are kept.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  /** The services of a CE are released when no call has used them for this time. Default: 5 minutes. */
  readonly idleTimeToLive?: Duration.Input | undefined
}

type Routed = ComputeElements | StatusReporter | Cancellable | Purgeable | Releasable

type Needed = ScheddTransport | Platform

// The services of each CE, by a key that is the same for all of its names.
const makeRouting = Effect.fnUntraced(function*<I, R>(
  directory: Directory,
  { idleTimeToLive = "5 minutes" }: Options,
  backend: (config: HTCondorCE.Config) => Layer.Layer<I | StatusReporter, Endpoint.InvalidEndpoint, R>
) {
  // Each CE, with its name in handles.
  const found = new Map<string, { readonly element: ComputeElement; readonly name: string }>()
  const sweeps = PrivateDirectories.layerShared()

  const find = (name: string): Result.Result<string | undefined, Endpoint.InvalidEndpoint> =>
    Result.gen(function*() {
      const { address } = yield* Endpoint.make(name)
      const element = directory(address)
      if (element === undefined) return undefined
      const endpoint = yield* Endpoint.make(element.endpoint, element.schedd)
      const { identity, queue } = yield* Route.make(endpoint, element.route, element.formerly)
      const key = [endpoint, queue].map(({ address, schedd }) => `${schedd}@${address}`).join(" ")
      found.set(key, { element, name: identity.endpoint })
      return key
    })

  const built = yield* RebuildingMap.make((key: string) => {
    const known = found.get(key)
    if (known === undefined) return Layer.effectContext(Effect.die(new Error(`no configuration was found for ${key}`)))
    const { element, name } = known
    const followed = Layer.effect(
      RoutedWatch.Followed,
      Effect.flatMap(
        StatusReporter,
        ({ status }) =>
          Effect.map(WatchPoller.make(RoutedWatch.tolerant(status), WatchedJobs.make(name)), (watch) => ({ watch }))
      )
    )
    // `find` has checked the configuration.
    return Layer.provideMerge(followed, backend(element)).pipe(
      Layer.provide([element.credentials, sweeps]),
      Layer.orDie
    )
  }, { idleTimeToLive })

  const routing: Routing.Routing<I | StatusReporter | RoutedWatch.Followed> = {
    // A text that is no address is the name of no CE.
    keyOf: (name) =>
      Result.isFailure(Endpoint.make(name)) ? Result.succeed(undefined) : Result.mapError(
        find(name),
        ({ endpoint, message }) => new BackendFailed({ endpoint, detail: message, retry: "Never" })
      ),
    services: (key) => built.contextEffect(key)
  }
  return { find, routing }
})

const makeStatus = (routing: Routing.Routing<StatusReporter | RoutedWatch.Followed>): StatusReporter["Service"] => {
  const watch = RoutedWatch.make(routing)
  return {
    status: Effect.fn("ComputeElements.status")((handles) =>
      Routing.bulk(routing, handles, (services, some) => Context.get(services, StatusReporter).status(some))
    ),
    describe: Effect.fn("ComputeElements.describe")((handles) =>
      Routing.bulk(routing, handles, (services, some) => Context.get(services, StatusReporter).describe(some))
    ),
    statusOf: (handle) =>
      Routing.one(routing, handle, (services) => Context.get(services, StatusReporter).statusOf(handle)),
    watch,
    waitFor: WaitFor.make(watch)
  }
}

type Common = Submitter | StatusReporter | Enumerable | Cancellable | Purgeable | Releasable

const common = <I>(
  find: (name: string) => Result.Result<string | undefined, Endpoint.InvalidEndpoint>,
  routing: Routing.Routing<I | Common | RoutedWatch.Followed>
): Context.Context<Routed> => {
  const at = (endpoint: string) =>
    Layer.effectContext(Effect.gen(function*() {
      const key = yield* Effect.fromResult(find(endpoint))
      if (key === undefined) {
        return yield* new Endpoint.InvalidEndpoint({
          endpoint,
          detail: "no compute element of this name is configured"
        })
      }
      return Context.pick(Submitter, Enumerable)(yield* routing.services(key))
    }))
  return Context.make(ComputeElements, { at }).pipe(
    Context.add(StatusReporter, makeStatus(routing)),
    Context.add(Cancellable, {
      cancel: Effect.fn("ComputeElements.cancel")((handles) =>
        Routing.bulk(routing, handles, (services, some) => Context.get(services, Cancellable).cancel(some))
      )
    }),
    Context.add(Purgeable, {
      purge: Effect.fn("ComputeElements.purge")((handles) =>
        Routing.bulk(routing, handles, (services, some) => Context.get(services, Purgeable).purge(some))
      )
    }),
    Context.add(Releasable, {
      release: Effect.fn("ComputeElements.release")((handles) =>
        Routing.bulk(routing, handles, (services, some) => Context.get(services, Releasable).release(some))
      )
    })
  )
}

/**
 * The backend for all CEs of a directory, with output that is given once.
 *
 * **Details**
 *
 * The services of a CE are built when they are first used, with the CE's own credentials. All callers share them. They are
 * released when no call has used them for `idleTimeToLive`. If they could not be built, the next call tries again. All CEs share one
 * `ScheddTransport`, which limits the tools of all together.
 *
 * A call for several handles queries their CEs concurrently, and ends with the last of them. A CE that hangs delays the call
 * until its `timeout`. If the query of one CE fails, its handles get `StatusUnavailable`. If all handles belong to one CE, the
 * call fails as a call to that CE does. A handle of a CE that is not in the directory gets `WrongEndpoint`.
 *
 * `watch` emits the changes of each CE as soon as that CE answers. A CE that is down for longer than `patience` does not end the
 * watch: its jobs get the failure as their outcome, and are followed further. `waitFor` does not fail either: such jobs get the
 * failure as their outcome, and it queries them no more.
 *
 * **Example** (Following jobs of several CEs)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Capability, ComputeElements, Credential, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const directory: ComputeElements.Directory = (endpoint) =>
 *   endpoint === "ce.example.org:9619"
 *     ? { endpoint, credentials: Credential.layerToken(FakeSchedd.token("pilot")) }
 *     : undefined
 *
 * const submission = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   return yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate })
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const { at } = yield* ComputeElements.ComputeElements
 *   const { handles } = yield* Effect.provide(submission, at("ce.example.org"))
 *   // The handles may be of any CEs in the directory.
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const outcomes = yield* waitFor(handles, { until: "Terminal" })
 *   assert.strictEqual(Outcomes.successes(outcomes).length, 2)
 * }).pipe(Effect.provide(ComputeElements.layer(directory)))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  directory: Directory,
  options: Options = {}
): Layer.Layer<Routed | OutputRetriever, never, Needed> =>
  Layer.effectContext(Effect.gen(function*() {
    const { find, routing } = yield* makeRouting(directory, options, HTCondorCE.layer)
    return Context.add(common(find, routing), OutputRetriever, {
      destructive: true,
      fetch: Effect.fn("ComputeElements.fetch")((handles, destination, options) =>
        Routing.bulk(routing, handles, (services, some) =>
          Context.get(services, OutputRetriever).fetch(some, destination, options))
      ),
      fetchHeld: (handle, destination) =>
        Routing.one(routing, handle, (services) =>
          Context.get(services, OutputRetriever).fetchHeld(handle, destination)),
      fetchOne: (handle, destination, options) =>
        Routing.one(routing, handle, (services) =>
          Context.get(services, OutputRetriever).fetchOne(handle, destination, options))
    })
  }))

/**
 * The same as {@link layer}, with output that stays at the CE until it is purged.
 *
 * **Example** (Fetching output, and purging the jobs later)
 *
 * ```ts
 * import { Effect, FileSystem } from "effect"
 * import { Capability, ComputeElements, Credential, Outcomes, SubmissionKey } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const directory: ComputeElements.Directory = (endpoint) =>
 *   endpoint === "ce.example.org:9619"
 *     ? { endpoint, credentials: Credential.layerToken(FakeSchedd.token("pilot")) }
 *     : undefined
 *
 * const submission = Effect.gen(function*() {
 *   const { submit } = yield* Capability.Submitter
 *   return yield* submit({ executable: "/bin/true" }, [{}, {}], { key: yield* SubmissionKey.generate })
 * })
 *
 * export const program = Effect.gen(function*() {
 *   const { at } = yield* ComputeElements.ComputeElements
 *   const { waitFor } = yield* Capability.StatusReporter
 *   const { fetch } = yield* Capability.RepeatableOutputRetriever
 *   const { purge } = yield* Capability.Purgeable
 *   const destination = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
 *   const { handles } = yield* Effect.provide(submission, at("ce.example.org"))
 *   yield* waitFor(handles, { until: "Terminal" })
 *   const outputs = Outcomes.successes(yield* fetch(handles, destination))
 *   assert.deepStrictEqual(outputs.map(([, { released }]) => released), [false, false])
 *   assert.strictEqual(Outcomes.successes(yield* purge(handles)).length, 2)
 * }).pipe(Effect.provide(ComputeElements.layerRetaining(directory)))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layerRetaining = (
  directory: Directory,
  options: Options = {}
): Layer.Layer<Routed | RepeatableOutputRetriever, never, Needed> =>
  Layer.effectContext(Effect.gen(function*() {
    const { find, routing } = yield* makeRouting(directory, options, HTCondorCE.layerRetaining)
    return Context.add(common(find, routing), RepeatableOutputRetriever, {
      destructive: false,
      fetch: Effect.fn("ComputeElements.fetch")((handles, destination) =>
        Routing.bulk(routing, handles, (services, some) =>
          Context.get(services, RepeatableOutputRetriever).fetch(some, destination))
      ),
      fetchHeld: (handle, destination) =>
        Routing.one(routing, handle, (services) =>
          Context.get(services, RepeatableOutputRetriever).fetchHeld(handle, destination)),
      fetchOne: (handle, destination) =>
        Routing.one(routing, handle, (services) =>
          Context.get(services, RepeatableOutputRetriever).fetchOne(handle, destination))
    })
  }))
