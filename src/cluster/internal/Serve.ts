/**
 * The owner's side: a backend answers the requests of the cluster.
 */
import * as Entity from "effect/cluster/Entity"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { Directory } from "../../ce/ComputeElements.ts"
import type { InvalidEndpoint } from "../../ce/Endpoint.ts"
import * as HTCondorCE from "../../ce/HTCondorCE.ts"
import type { ScheddTransport } from "../../condor/Schedd.ts"
import { BackendFailed } from "../../contract/BackendError.ts"
import * as Capability from "../../contract/Capability.ts"
import type { CredentialProvider } from "../../contract/Credential.ts"
import type * as Outcomes from "../../contract/Outcomes.ts"
import * as PrivateDirectories from "../../files/PrivateDirectories.ts"
import { CE } from "../CE.ts"
import * as KeyOwner from "./KeyOwner.ts"
import * as RemoteDeposit from "./RemoteDeposit.ts"
import * as Tuning from "./tuning.ts"

type Common = Exclude<HTCondorCE.Capabilities, Capability.OutputRetriever>

type Platform = FileSystem.FileSystem | Path.Path

/** The retriever that a runner is configured for: the one that fetches once, or the one that keeps output. */
export class Retriever extends Context.Service<
  Retriever,
  Capability.OutputRetriever["Service"] | Capability.RepeatableOutputRetriever["Service"]
>()("effect-htcondor-ce/cluster/internal/Serve/Retriever") {}

/** The services of a compute element at its owner. */
export type Served = Common | Retriever

type Backend = (
  config: HTCondorCE.Config
) => Layer.Layer<Served, InvalidEndpoint, ScheddTransport | CredentialProvider | Platform>

/** The backend of a compute element whose output is given once. */
export const once = (config: HTCondorCE.Config) =>
  Layer.provideMerge(Layer.effect(Retriever, Capability.OutputRetriever), HTCondorCE.layer(config))

/** The backend of a compute element that keeps output. */
export const retaining = (config: HTCondorCE.Config) =>
  Layer.provideMerge(Layer.effect(Retriever, Capability.RepeatableOutputRetriever), HTCondorCE.layerRetaining(config))

const entries = <A, E>(outcomes: Outcomes.Outcomes<A, E>) => Array.from(outcomes)

// The handlers of one compute element. If its configuration is wrong, every request fails with the reason.
const handlers = (directory: Directory, backend: Backend) =>
  CE.toLayer(
    Effect.gen(function*() {
      const { entityId: endpoint, shardId } = yield* Entity.CurrentAddress
      const element = directory(endpoint)
      const built = element === undefined
        ? Result.fail("no compute element of this name is configured at its runner")
        : yield* Layer.build(Layer.provide(backend(element), element.credentials)).pipe(
          Effect.mapError(({ message }) => message),
          Effect.result
        )
      const services = Effect.fromResult(
        Result.mapError(built, (detail) => new BackendFailed({ endpoint, detail, retry: "Never" }))
      )
      const ask = <I extends Served, S, A, E, R>(
        service: Context.Key<I, S>,
        question: (service: S) => Effect.Effect<A, E, R>
      ) => Effect.flatMap(services, (context) => question(Context.get(context, service)))
      const follow = <I extends Served, S, A, E, R>(
        service: Context.Key<I, S>,
        answer: (service: S) => Stream.Stream<A, E, R>
      ) => Stream.unwrap(Effect.map(services, (context) => answer(Context.get(context, service))))
      // A caller that expects the other retriever must not lose output that it wants to fetch again.
      const otherWay = new BackendFailed({
        endpoint,
        detail: "its runner is configured for the other way of fetching output",
        retry: "Never"
      })
      const once = ask(
        Retriever,
        (retriever) => retriever.destructive ? Effect.succeed(retriever) : Effect.fail(otherWay)
      )
      const repeatable = ask(
        Retriever,
        (retriever) => retriever.destructive ? Effect.fail(otherWay) : Effect.succeed(retriever)
      )
      const deposits = RemoteDeposit.makeServer(String(yield* Random.nextInt))
      const keys = yield* KeyOwner.make(endpoint, shardId)

      return CE.of({
        submit: ({ payload }) => ask(Capability.Submitter, (submitter) => keys.submit(submitter, payload)),
        reconcile: ({ payload: { key } }) => ask(Capability.Submitter, ({ reconcile }) => reconcile(key)),
        withdraw: ({ payload: { key } }) => ask(Capability.Submitter, (submitter) => keys.withdraw(submitter, key)),
        status: ({ payload: { handles } }) =>
          Effect.map(ask(Capability.StatusReporter, ({ status }) => status(handles)), entries),
        describe: ({ payload: { handles } }) =>
          Effect.map(ask(Capability.StatusReporter, ({ describe }) => describe(handles)), entries),
        statusOf: ({ payload: { handle } }) => ask(Capability.StatusReporter, ({ statusOf }) => statusOf(handle)),
        watch: ({ payload: { handles, ...options } }) =>
          follow(Capability.StatusReporter, ({ watch }) => watch(handles, options)),
        list: ({ payload }) => follow(Capability.Enumerable, ({ list }) => list(payload)),
        departed: ({ payload }) => follow(Capability.Enumerable, ({ departed }) => departed(payload)),
        fetch: ({ payload: { destination, handles } }) =>
          Effect.map(Effect.flatMap(once, ({ fetch }) => fetch(handles, destination)), entries),
        fetchOne: ({ payload: { destination, handle } }) =>
          Effect.flatMap(once, ({ fetchOne }) => fetchOne(handle, destination)),
        fetchDeposited: ({ payload: { destination, handles } }) =>
          Stream.unwrap(Effect.map(once, (retriever) => deposits.fetch(retriever, handles, destination))),
        deposited: ({ payload: { failure, ticket } }) => deposits.answer(ticket, failure),
        fetchRepeatable: ({ payload: { destination, handles } }) =>
          Effect.map(Effect.flatMap(repeatable, ({ fetch }) => fetch(handles, destination)), entries),
        fetchOneRepeatable: ({ payload: { destination, handle } }) =>
          Effect.flatMap(repeatable, ({ fetchOne }) => fetchOne(handle, destination)),
        fetchHeld: ({ payload: { destination, handle } }) =>
          ask(Retriever, ({ fetchHeld }) => fetchHeld(handle, destination)),
        cancel: ({ payload: { handles } }) =>
          Effect.map(ask(Capability.Cancellable, ({ cancel }) => cancel(handles)), entries),
        purge: ({ payload: { handles } }) =>
          Effect.map(ask(Capability.Purgeable, ({ purge }) => purge(handles)), entries),
        release: ({ payload: { handles } }) =>
          Effect.map(ask(Capability.Releasable, ({ release }) => release(handles)), entries)
      })
    }),
    Tuning.perElement
  )

/**
 * The handlers of all compute elements. They sweep the temporary directory once for all.
 */
export const layer = (
  directory: Directory,
  backend: Backend
) =>
  Layer.suspend(() => {
    const sweeps = PrivateDirectories.layerShared()
    return handlers(directory, (config) => Layer.provide(backend(config), sweeps))
  })
