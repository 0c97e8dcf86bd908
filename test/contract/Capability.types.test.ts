import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, type Stream } from "effect"
import * as HTCondorCE from "../../src/ce/HTCondorCE.ts"
import type { ScheddTransport } from "../../src/condor/Schedd.ts"
import * as CondorTool from "../../src/condor/tools/CondorTool.ts"
import type { BackendError } from "../../src/contract/BackendError.ts"
import * as Capability from "../../src/contract/Capability.ts"
import { CredentialProvider } from "../../src/contract/Credential.ts"
import type { AlreadyRetrieved, DepositFailed, FetchError, RepeatableFetchError } from "../../src/contract/JobError.ts"
import * as Backend from "../testing/Backend.ts"
import { handle } from "./Handles.ts"

type Provided = Layer.Success<ReturnType<typeof HTCondorCE.layer>>

/** Tools and credentials that fail when they are used: building the layer needs no compute element. */
const untouched = Layer.mergeAll(
  Layer.succeed(CondorTool.CondorTool, CondorTool.make(({ tool }) => Effect.die(new Error(`${tool} was run`)))),
  Layer.succeed(CredentialProvider, { credentials: () => Effect.die(new Error("credentials were asked for")) }),
  NodeServices.layer
)

const backend = Backend.layer({ endpoint: "ce.example.org" }).pipe(Layer.provide(untouched))

const readsLoad = Effect.gen(function*() {
  const reporter = yield* Capability.LoadReporter
  return yield* reporter.load
})

const submits = Effect.gen(function*() {
  const submitter = yield* Capability.Submitter
  return submitter.submit
})

describe("the type of HTCondorCE.layer", () => {
  it("provides the seven capabilities, and nothing else", () => {
    expectTypeOf<Provided>().toEqualTypeOf<
      | Capability.Submitter
      | Capability.StatusReporter
      | Capability.OutputRetriever
      | Capability.Enumerable
      | Capability.Cancellable
      | Capability.Purgeable
      | Capability.Releasable
    >()
    expectTypeOf<Extract<Provided, Capability.LoadReporter>>().toEqualTypeOf<never>()
    expectTypeOf<Extract<Provided, Capability.Diagnosable>>().toEqualTypeOf<never>()
    expectTypeOf<Extract<Provided, Capability.RepeatableOutputRetriever>>().toEqualTypeOf<never>()
    // The controls: Extract finds a provided service, and the lists differ.
    expectTypeOf<Extract<Provided, Capability.Submitter>>().toEqualTypeOf<Capability.Submitter>()
    // @ts-expect-error a provided service is not never
    expectTypeOf<Extract<Provided, Capability.Submitter>>().toEqualTypeOf<never>()
    // @ts-expect-error six are not seven
    expectTypeOf<Provided>().toEqualTypeOf<Exclude<Provided, Capability.Purgeable>>()
  })

  it("a program that needs the load does not compile without it", () => {
    const provided = Effect.provide(readsLoad, backend)
    expectTypeOf<Effect.Services<typeof provided>>().toEqualTypeOf<Capability.LoadReporter>()
    // @ts-expect-error LoadReporter is not provided
    // @effect-diagnostics-next-line missingEffectContext:off
    const program: Effect.Effect<unknown, unknown> = provided
    assert.isTrue(Effect.isEffect(program))
    // The control: a program that needs only provided services.
    const complete: Effect.Effect<unknown, unknown> = Effect.provide(submits, backend)
    assert.isTrue(Effect.isEffect(complete))
  })

  it("needs a transport, credentials, a file system and nothing more", () => {
    expectTypeOf<Layer.Services<typeof backend>>().toEqualTypeOf<never>()
    const bare = HTCondorCE.layer({ endpoint: "ce.example.org" })
    expectTypeOf<ScheddTransport | CredentialProvider>().toExtend<Layer.Services<typeof bare>>()
  })

  it("the operations of a service need no services", () => {
    type Methods =
      | Capability.Submitter["Service"]["submit"]
      | Capability.StatusReporter["Service"]["status"]
      | Capability.StatusReporter["Service"]["statusOf"]
      | Capability.OutputRetriever["Service"]["fetch"]
      | Capability.OutputRetriever["Service"]["fetchOne"]
      | Capability.OutputRetriever["Service"]["fetchHeld"]
      | Capability.RepeatableOutputRetriever["Service"]["fetchHeld"]
      | Capability.Cancellable["Service"]["cancel"]
      | Capability.Purgeable["Service"]["purge"]
    expectTypeOf<Effect.Services<ReturnType<Methods>>>().toEqualTypeOf<never>()
    expectTypeOf<Stream.Services<ReturnType<Capability.Enumerable["Service"]["list"]>>>().toEqualTypeOf<never>()
  })
})

describe("AlreadyRetrieved", () => {
  type FetchOne = Effect.Error<ReturnType<Capability.OutputRetriever["Service"]["fetchOne"]>>
  type RepeatableFetchOne = Effect.Error<ReturnType<Capability.RepeatableOutputRetriever["Service"]["fetchOne"]>>

  it("is an error of OutputRetriever, and not of RepeatableOutputRetriever", () => {
    expectTypeOf<Extract<FetchOne, AlreadyRetrieved>>().toEqualTypeOf<AlreadyRetrieved>()
    expectTypeOf<Extract<RepeatableFetchOne, AlreadyRetrieved>>().toEqualTypeOf<never>()
    expectTypeOf<Exclude<FetchError, RepeatableFetchError>>().toEqualTypeOf<AlreadyRetrieved | DepositFailed>()
    // @ts-expect-error the two retrievers fail differently
    expectTypeOf<FetchOne>().toEqualTypeOf<RepeatableFetchOne>()
  })

  it("can be handled by its tag, only where it is possible", () => {
    const once = (retriever: Capability.OutputRetriever["Service"]) =>
      retriever.fetchOne(handle("1.0"), "/out").pipe(
        Effect.catchTag("AlreadyRetrieved", (error) => Effect.succeed(error.manifest))
      )
    expectTypeOf<Extract<Effect.Error<ReturnType<typeof once>>, AlreadyRetrieved>>().toEqualTypeOf<never>()
    const again = (retriever: Capability.RepeatableOutputRetriever["Service"]) =>
      retriever.fetchOne(handle("1.0"), "/out").pipe(
        // @ts-expect-error there is no such error here
        Effect.catchTag("AlreadyRetrieved", () => Effect.void)
      )
    assert.isFunction(again)
  })
})

describe("the retaining layer", () => {
  const retaining = Backend.layerRetaining({ endpoint: "ce.example.org" })
  type Provided = Layer.Success<typeof retaining>

  it("provides RepeatableOutputRetriever, and not OutputRetriever", () => {
    expectTypeOf<Extract<Provided, Capability.RepeatableOutputRetriever>>().toEqualTypeOf<
      Capability.RepeatableOutputRetriever
    >()
    expectTypeOf<Extract<Provided, Capability.OutputRetriever>>().toEqualTypeOf<never>()
  })

  // A program without a case for AlreadyRetrieved: it handles all errors in one way.
  const say = (error: RepeatableFetchError | BackendError): string => error.message

  it("compiles a program that ignores AlreadyRetrieved, and the other layer does not", () => {
    const forgetful = Effect.flatMap(
      Capability.RepeatableOutputRetriever,
      (retriever) => Effect.mapError(retriever.fetchOne(handle("1.0"), "/out"), say)
    )
    const careless = Effect.flatMap(
      Capability.OutputRetriever,
      // @ts-expect-error AlreadyRetrieved is not handled
      (retriever) => Effect.mapError(retriever.fetchOne(handle("1.0"), "/out"), say)
    )
    const fits: Effect.Effect<unknown, unknown> = Effect.provide(forgetful, Layer.provide(retaining, untouched))
    // @ts-expect-error the layer that gives once does not provide what it needs
    // @effect-diagnostics-next-line missingEffectContext:off
    const lacks: Effect.Effect<unknown, unknown> = Effect.provide(forgetful, backend)
    assert.isTrue([fits, careless, lacks].every(Effect.isEffect))
  })
})

describe("HTCondorCE.layer at run time", () => {
  const services = {
    Submitter: Capability.Submitter,
    StatusReporter: Capability.StatusReporter,
    OutputRetriever: Capability.OutputRetriever,
    Enumerable: Capability.Enumerable,
    Cancellable: Capability.Cancellable,
    Purgeable: Capability.Purgeable,
    LoadReporter: Capability.LoadReporter,
    Diagnosable: Capability.Diagnosable,
    RepeatableOutputRetriever: Capability.RepeatableOutputRetriever
  }

  it.effect("provides the seven capabilities, and runs no tool", () =>
    Effect.gen(function*() {
      const context = yield* Layer.build(backend)
      const there = Object.entries(services).flatMap(([name, service]) =>
        context.mapUnsafe.has(service.key) ? [name] : []
      )
      assert.deepStrictEqual(there, [
        "Submitter",
        "StatusReporter",
        "OutputRetriever",
        "Enumerable",
        "Cancellable",
        "Purgeable"
      ])
      const own = Array.from(context.mapUnsafe.keys()).filter((key) => key.startsWith("effect-htcondor-ce/"))
      assert.strictEqual(own.length, 7)
    }))

  it.effect("does not provide LoadReporter, Diagnosable and RepeatableOutputRetriever", () =>
    Effect.gen(function*() {
      assert.isTrue(Option.isNone(yield* Effect.serviceOption(Capability.LoadReporter)))
      assert.isTrue(Option.isNone(yield* Effect.serviceOption(Capability.Diagnosable)))
      assert.isTrue(Option.isNone(yield* Effect.serviceOption(Capability.RepeatableOutputRetriever)))
      assert.isTrue(Option.isSome(yield* Effect.serviceOption(Capability.Submitter)))
    }).pipe(Effect.provide(backend)))

  it.effect("OutputRetriever is destructive", () =>
    Effect.gen(function*() {
      const retriever = yield* Capability.OutputRetriever
      assert.isTrue(retriever.destructive)
    }).pipe(Effect.provide(backend)))

  it.effect("a program that uses the load works with a backend that provides it", () =>
    Effect.gen(function*() {
      const load = { freeSlots: 1, waitingJobs: 2, runningJobs: 3 }
      const busy = Layer.succeedContext(Context.make(Capability.LoadReporter, { load: Effect.succeed(load) }))
      assert.deepStrictEqual(yield* Effect.provide(readsLoad, busy), load)
    }))
})
