/** Somebody to compare with: a process that is kept open, and that measures itself. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ChildProcess from "effect/process/ChildProcess"
import * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { type BenchFailed, fail } from "./Failed.ts"

export interface Answer {
  readonly milliseconds: number
  readonly text: string
}

export interface Peer {
  ask(command: string, ...words: ReadonlyArray<string | number>): Effect.Effect<Answer, BenchFailed>
}

/** A process that answers each line, words separated by tabs, with its microseconds and a text. It ends with the scope. */
export const make = Effect.fnUntraced(function*(
  command: string,
  args: ReadonlyArray<string>,
  env: Readonly<Record<string, string>>
) {
  const spawner = yield* ChildProcessSpawner.ChildProcessSpawner
  const requests = yield* Queue.unbounded<string>()
  const answers = yield* Queue.unbounded<string>()
  const ended = yield* Deferred.make<never, BenchFailed>()
  const name = [command, ...args].join(" ")
  const handle = yield* spawner.spawn(
    ChildProcess.make(command, args, { env, stdin: Stream.encodeText(Stream.fromQueue(requests)), stderr: "inherit" })
  ).pipe(Effect.mapError(() => fail(`${name} cannot be started`)))
  yield* handle.stdout.pipe(
    Stream.decodeText,
    Stream.splitLines,
    Stream.runForEach((line) => Queue.offer(answers, line)),
    Effect.ignore,
    Effect.andThen(Deferred.fail(ended, fail(`${name} has ended`))),
    Effect.forkScoped
  )
  const lock = yield* Semaphore.make(1)
  const peer: Peer = {
    ask: (...words) =>
      lock.withPermit(
        Effect.gen(function*() {
          yield* Queue.offer(requests, `${words.join("\t")}\n`)
          const line = yield* Effect.raceFirst(
            Queue.take(answers),
            Effect.mapError(Deferred.await(ended), ({ message }) => fail(`${message} at ${words.join(" ")}`))
          )
          const [microseconds = "", text = ""] = line.split("\t")
          return { milliseconds: Number(microseconds) / 1_000, text }
        })
      )
  }
  return peer
})
