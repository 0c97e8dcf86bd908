/** What the suite asks about jobs of somebody else. */
import { Effect, Layer } from "effect"
import { Capability, SubmissionKey } from "../../src/index.ts"

/** A job that another user's backend has at the CE, for as long as the scope lives. */
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
