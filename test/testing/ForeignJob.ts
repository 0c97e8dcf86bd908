/** The foreign job of a harness. */
import { Effect, Layer } from "effect"
import { Capability, SubmissionKey } from "../../src/index.ts"

/** A job of another user's backend, which stays at the CE until the scope ends. */
export const foreignJob = <E, R>(backend: Layer.Layer<Capability.Submitter | Capability.Cancellable, E, R>) =>
  Effect.gen(function*() {
    const services = yield* Layer.build(backend)
    return yield* Effect.gen(function*() {
      const submitter = yield* Capability.Submitter
      const cancellable = yield* Capability.Cancellable
      const { handles } = yield* submitter.submit(
        { executable: "/bin/sleep", arguments: ["120"] },
        [{}],
        { key: yield* SubmissionKey.generate }
      )
      yield* Effect.addFinalizer(() => Effect.ignore(cancellable.cancel(handles)))
      const [handle] = handles
      return handle ?? (yield* Effect.die(new Error("no handle")))
    }).pipe(Effect.provideContext(services))
  })
