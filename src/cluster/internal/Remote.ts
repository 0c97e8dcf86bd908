/**
 * The caller's side: the services of a backend, each call a question to the owner of the compute element.
 */
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Path from "effect/Path"
import type * as Result from "effect/Result"
import * as Schedule from "effect/Schedule"
import type * as DurableDeferred from "effect/workflow/DurableDeferred"
import * as Unavailable from "../../ce/internal/status/Unavailable.ts"
import * as WaitFor from "../../ce/internal/status/WaitFor.ts"
import type { BackendError } from "../../contract/BackendError.ts"
import * as Capability from "../../contract/Capability.ts"
import type { StatusUnavailable } from "../../contract/JobError.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import * as Outcomes from "../../contract/Outcomes.ts"
import { isUrl, type SubmissionSpec } from "../../contract/Submission.ts"
import { CE } from "../CE.ts"
import { SecretSealer } from "../SecretSealer.ts"
import * as Ask from "./Ask.ts"
import * as Invalid from "./Invalid.ts"
import * as RemoteList from "./RemoteList.ts"
import * as RemoteWatch from "./RemoteWatch.ts"
import * as Tuning from "./tuning.ts"

type Entries<A, E> = ReadonlyArray<readonly [JobHandle, Result.Result<A, E>]>

const duration = (input: Duration.Input | undefined) =>
  input === undefined ? undefined : Duration.fromInputUnsafe(input)

/** A payload as the owner is to read it, which has another working directory. */
export const resolved = (path: Path.Path, spec: SubmissionSpec): SubmissionSpec => ({
  ...spec,
  executable: path.resolve(spec.executable),
  ...(spec.inputs === undefined ? {} : {
    inputs: spec.inputs.map((input) => isUrl(input.source) ? input : { ...input, source: path.resolve(input.source) })
  })
})

/** A compute element as callers see it. */
export type Remote = Effect.Success<ReturnType<typeof make>>

/**
 * The services that both ways of fetching share, and what makes the others. The owner completes `sent` immediately before it sends
 * jobs.
 */
export const make = Effect.fnUntraced(function*(endpoint: string, sent?: DurableDeferred.Token) {
  const sealer = yield* SecretSealer
  const path = yield* Path.Path
  const client = (yield* CE.client)(endpoint)

  const ask = Ask.ask(endpoint)
  const follow = Ask.follow(endpoint)

  // In parts that fit into a message, all at once: the owner limits what runs. No job loses the answer that it has where another part
  // fails.
  const bulk = <A, E, F extends BackendError>(
    question: (handles: ReadonlyArray<JobHandle>) => Effect.Effect<Entries<A, E>, F | Ask.EngineError>,
    most = Tuning.handlesPerMessage
  ) =>
    Effect.fn("ClusterCE.bulk")(function*(handles: ReadonlyArray<JobHandle>) {
      const [answers, failures] = yield* Effect.partition(
        Arr.chunksOf(handles, most),
        (part) => Effect.mapError(ask(question(part)), (error) => ({ part, error })),
        { concurrency: "unbounded" }
      )
      const [first] = failures
      if (first !== undefined && answers.length === 0) return yield* Effect.fail(first.error)
      const unanswered = failures.flatMap(({ error, part }) => Unavailable.each(part, error))
      return Outcomes.inOrder(
        Outcomes.fromIterable<A, E | StatusUnavailable>([...answers.flat(), ...unanswered]),
        handles
      )
    })

  const submit: Capability.Submitter["Service"]["submit"] = Effect.fn("ClusterCE.submit")(
    function*(spec, copies, { fence = Effect.void, key, onConflict, onHiddenHistory }) {
      yield* Invalid.check(spec, copies)
      let fenced: string | undefined
      const request = Effect.gen(function*() {
        fenced = yield* Effect.match(fence, { onFailure: ({ message }) => message, onSuccess: () => undefined })
        const message = { key, spec: resolved(path, spec), copies, fenced, sent, onConflict, onHiddenHistory }
        return yield* ask(Effect.provideService(client.submit(message), SecretSealer, sealer))
      })
      // Where the owner's own fence fails it has lost the compute element, and another runner will own it.
      return yield* Effect.retry(request, {
        while: ({ _tag }) => _tag === "SubmissionFenced" && fenced === undefined,
        schedule: Schedule.spaced(Tuning.fencedPause),
        times: Tuning.fencedTimes
      })
    }
  )
  const watch = RemoteWatch.make((handles, known, { interval, maxInterval, patience }) =>
    follow(client.watch({
      handles,
      known,
      interval: duration(interval),
      maxInterval: duration(maxInterval),
      patience: duration(patience)
    }))
  )
  const capabilities = Context.make(Capability.Submitter, {
    submit,
    reconcile: (key) => ask(client.reconcile({ key })),
    withdraw: (key) => ask(client.withdraw({ key }))
  }).pipe(
    Context.add(Capability.StatusReporter, {
      status: bulk((handles) => client.status({ handles })),
      describe: bulk((handles) => client.describe({ handles }), Tuning.recordsPerMessage),
      statusOf: (handle) => ask(client.statusOf({ handle })),
      watch,
      waitFor: WaitFor.make(watch)
    }),
    Context.add(Capability.Enumerable, {
      list: ({ keyPrefix, status, tag } = {}) => RemoteList.each(follow(client.list({ keyPrefix, status, tag }))),
      departed: ({ since }) => RemoteList.each(follow(client.departed({ since: DateTime.toUtc(since) })))
    }),
    Context.add(Capability.Cancellable, { cancel: bulk((handles) => client.cancel({ handles })) }),
    Context.add(Capability.Purgeable, { purge: bulk((handles) => client.purge({ handles })) }),
    Context.add(Capability.Releasable, { release: bulk((handles) => client.release({ handles })) })
  )
  return { ask, bulk, capabilities, client, follow, path }
})
