/**
 * Many HTCondor-CEs as one: each handle is asked of the CE that it names.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as LayerMap from "effect/LayerMap"
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
import * as RoutedWatch from "./internal/many/RoutedWatch.ts"
import * as Routing from "./internal/many/Routing.ts"
import * as WatchedJobs from "./internal/metrics/WatchedJobs.ts"
import * as WaitFor from "./internal/status/WaitFor.ts"
import * as WatchPoller from "./internal/status/WatchPoller.ts"
import * as Route from "./Route.ts"

type Platform = FileSystem.FileSystem | Path.Path

/**
 * The configuration of one CE, and who gives the credentials that are shown to it, and to no other.
 *
 * @category models
 * @since 0.1.0
 */
export interface ComputeElement extends HTCondorCE.Config {
  readonly credentials: Layer.Layer<CredentialProvider, never, Platform>
}

/**
 * The configuration of the CE that is called by this name, as a handle says it: `<host>:<port>`, in lower case. `undefined` if
 * there is none. A name that a CE had before gets the configuration of today, which has it in `formerly`.
 *
 * @category models
 * @since 0.1.0
 */
export type Directory = (endpoint: string) => ComputeElement | undefined

/**
 * What is done at one CE, and names no job: submissions, and lists.
 *
 * - `at`: the services of the CE that is called so, for as long as they are provided. It fails if there is none, or its
 *   configuration cannot be used
 *
 * **Example** (Submitting to many CEs)
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
  at(endpoint: string): Layer.Layer<Submitter | Enumerable, Endpoint.InvalidEndpoint>
}>()("effect-htcondor-ce/ComputeElements") {}

/**
 * How long a CE is kept that nobody uses (default 5 minutes).
 *
 * @category models
 * @since 0.1.0
 */
export interface Options {
  readonly idleTimeToLive?: Duration.Input | undefined
}

type Routed = ComputeElements | StatusReporter | Cancellable | Purgeable | Releasable

type Needed = ScheddTransport | Platform

// The services of each CE, by a key that all its names share.
const makeRouting = Effect.fnUntraced(function*<I, R>(
  directory: Directory,
  { idleTimeToLive = "5 minutes" }: Options,
  backend: (config: HTCondorCE.Config) => Layer.Layer<I | StatusReporter, Endpoint.InvalidEndpoint, R>
) {
  // With the name that handles have for it.
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

  const built = yield* LayerMap.make((key: string) => {
    const known = found.get(key)
    if (known === undefined) return Layer.effectContext(Effect.die(new Error(`nobody has looked for ${key}`)))
    const { element, name } = known
    const followed = Layer.effect(
      RoutedWatch.Followed,
      Effect.flatMap(
        StatusReporter,
        ({ status }) =>
          Effect.map(WatchPoller.make(RoutedWatch.tolerant(status), WatchedJobs.make(name)), (watch) => ({ watch }))
      )
    )
    // `find` has looked at what can be wrong with the configuration.
    return Layer.provideMerge(followed, backend(element)).pipe(
      Layer.provide([element.credentials, sweeps]),
      Layer.orDie
    )
  }, { idleTimeToLive })

  const routing: Routing.Routing<I | StatusReporter | RoutedWatch.Followed> = {
    // No CE is called as a text that is no address.
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
 * All CEs of a directory, with output that is given once.
 *
 * **Details**
 *
 * A CE is built when it is first used, with credentials of its own, shared by all who use it, and released when nobody has used
 * it for `idleTimeToLive`. All share one `ScheddTransport`, which limits the tools of all together.
 *
 * A call asks all CEs at the same time and ends with the last; a CE that hangs delays its own handles, until its `timeout`. What
 * fails one CE is the outcome of its handles (`StatusUnavailable`). Only if all handles are of one CE the call fails as that
 * CE does. A handle of a CE that the directory has not is `WrongEndpoint`.
 *
 * `watch` tells of each CE as soon as that answers. One that is down for longer than the `patience` ends no watch: its jobs have
 * that failure for their outcome, and are followed on. The same holds of `waitFor`.
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
 * The same as {@link layer}, with output that is kept until it is purged.
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
