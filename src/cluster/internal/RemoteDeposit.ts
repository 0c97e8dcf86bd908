/**
 * A fetch with `deposit`. The owner asks the caller to deposit each output, and waits before it releases the job.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import type { BackendError } from "../../contract/BackendError.ts"
import type { OutputRetriever } from "../../contract/Capability.ts"
import type { FetchError } from "../../contract/JobError.ts"
import type { JobHandle } from "../../contract/JobHandle.ts"
import type { JobOutput } from "../../contract/JobOutput.ts"
import * as Tuning from "./tuning.ts"

type Entries = ReadonlyArray<readonly [JobHandle, Result.Result<JobOutput, FetchError>]>

/** A message to the caller: an output to deposit, with the ticket for the answer, or at the end all outcomes. */
export type Part =
  | { readonly _tag: "Deposit"; readonly ticket: string; readonly output: JobOutput }
  | { readonly _tag: "Done"; readonly outcomes: Entries }

/** The owner's side, for one compute element. `server` differs between owners. */
export const makeServer = (server: string) => {
  const waiting = new Map<string, Deferred.Deferred<void, { readonly message: string }>>()
  let tickets = 0

  const ask = (parts: Queue.Queue<Part>, output: JobOutput) =>
    Effect.gen(function*() {
      const answer = yield* Deferred.make<void, { readonly message: string }>()
      const ticket = `${server}/${++tickets}`
      waiting.set(ticket, answer)
      yield* Queue.offer(parts, { _tag: "Deposit", ticket, output })
      yield* Effect.ensuring(Deferred.await(answer), Effect.sync(() => waiting.delete(ticket)))
    })

  const fetch = (
    retriever: OutputRetriever["Service"],
    handles: ReadonlyArray<JobHandle>,
    destination: string
  ): Stream.Stream<Part, BackendError> =>
    Stream.unwrap(Effect.map(Queue.unbounded<Part>(), (parts) => {
      const done = retriever.fetch(handles, destination, { deposit: (output) => ask(parts, output) }).pipe(
        Effect.map((outcomes): Part => ({ _tag: "Done", outcomes: Array.from(outcomes) }))
      )
      return Stream.merge(Stream.fromQueue(parts), Stream.fromEffect(done), { haltStrategy: "right" })
    }))

  /** The answer of a caller. An unknown ticket is that of a former owner. */
  const answer = (ticket: string, failure: string | undefined) =>
    Effect.sync(() => {
      const answer = waiting.get(ticket)
      if (answer === undefined) return
      Deferred.doneUnsafe(answer, failure === undefined ? Exit.void : Exit.fail({ message: failure }))
    })

  return { fetch, answer }
}

/** The caller's side. */
export const collect = <E, E2>(
  parts: Stream.Stream<Part, E>,
  deposit: (output: JobOutput) => Effect.Effect<void, { readonly message: string }>,
  answer: (ticket: string, failure: string | undefined) => Effect.Effect<void, E2>
) =>
  parts.pipe(
    Stream.mapEffect((part) =>
      part._tag === "Done" ? Effect.succeed(part.outcomes) : deposit(part.output).pipe(
        Effect.match({ onFailure: ({ message }) => message, onSuccess: () => undefined }),
        Effect.flatMap((failure) => answer(part.ticket, failure)),
        Effect.as<Entries>([])
      ), { concurrency: Tuning.depositsAtOnce, unordered: true }),
    Stream.runCollect,
    Effect.map((all) => all.flat())
  )
