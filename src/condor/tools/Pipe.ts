/**
 * Reads the output of a process as it arrives, within a limit.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import type * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"
import * as Errno from "../../files/Errno.ts"

/**
 * A pipe of a process.
 *
 * @category models
 * @since 0.1.0
 */
export interface Pipe<E> {
  /** Reads to the end. */
  readonly read: Effect.Effect<void, E>
  /** The number of bytes that were read until now. */
  readonly bytes: () => number
  /** The text that was read until now, without the part that `onText` received. */
  readonly rest: () => string
}

/**
 * The options of a pipe.
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<E> {
  /** The limit in bytes. */
  readonly maxBytes: number
  /** The error if there are more bytes. */
  readonly tooMuch: () => E
  /** Receives the text as it arrives. The pipe then does not store it. */
  readonly onText?: ((text: string) => void) | undefined
}

/**
 * Makes a pipe that reads bytes as text. Bytes that are not UTF-8 are replaced.
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = <E>(
  stream: Stream.Stream<Uint8Array, E>,
  { maxBytes, onText, tooMuch }: Options<E>
): Pipe<E> => {
  const decoder = new TextDecoder()
  let bytes = 0
  let kept = ""
  const keep = (text: string): void => {
    kept += text
  }
  const read = Stream.runForEach(stream, (chunk) => {
    bytes += chunk.length
    if (bytes > maxBytes) return Effect.fail(tooMuch())
    return Effect.sync(() => (onText ?? keep)(decoder.decode(chunk, { stream: true })))
  })
  return { read, bytes: () => bytes, rest: () => kept + decoder.decode() }
}

// Each pause lets the event loop read the bytes that have arrived, even on a busy host.
const interval = "50 millis"
const quietLooks = 10
const mostLooks = 40

/**
 * Waits until nothing has arrived for half a second, and at most two seconds. A process that has ended has written all of its
 * output. A child that it left behind may keep the pipes open, and write to them, without a limit.
 *
 * @category combinators
 * @since 0.1.0
 */
export const quiet = Effect.fnUntraced(function*(pipes: ReadonlyArray<Pick<Pipe<unknown>, "bytes">>) {
  const count = () => pipes.reduce((sum, { bytes }) => sum + bytes(), 0)
  let last = count()
  for (let looks = 0, still = 0; looks < mostLooks && still < quietLooks; looks++) {
    yield* Effect.sleep(interval)
    still = count() === last ? still + 1 : 0
    last = count()
  }
})

/**
 * Reads all pipes of a process until it has ended and all of its output is read. Returns its exit code. It reads the pipes
 * together, because a full pipe would stop the process.
 *
 * @category combinators
 * @since 0.1.0
 */
export const exit = Effect.fnUntraced(function*<E>(exitCode: Effect.Effect<number>, pipes: ReadonlyArray<Pipe<E>>) {
  const reading = yield* Effect.forkScoped(
    Effect.forEach(pipes, ({ read }) => read, { concurrency: "unbounded", discard: true })
  )
  const code = yield* Effect.raceFirst(exitCode, Effect.andThen(Fiber.join(reading), Effect.never))
  yield* Effect.raceFirst(Fiber.join(reading), quiet(pipes))
  return code
})

const isClosable = (one: unknown): one is { readonly destroy: () => unknown } =>
  Predicate.hasProperty(one, "destroy") && Predicate.isFunction(one.destroy)

const endsOf = (child: unknown): ReadonlyArray<unknown> =>
  Predicate.hasProperty(child, "stdio") && Array.isArray(child.stdio) ? child.stdio : []

/**
 * Starts a process whose pipes are closed at the end of the scope.
 *
 * **Details**
 *
 * Effect's spawner stops reading at that time, and leaves the pipes open. Then this process cannot end as long as another process
 * holds the other end. The spawner cannot close the pipes, but Node publishes each process that it starts.
 *
 * @category constructors
 * @since 0.1.0
 */
export const spawn = (
  spawner: Pick<ChildProcessSpawner.ChildProcessSpawner["Service"], "spawn">,
  command: ChildProcess.Command
) =>
  Effect.uninterruptibleMask(Effect.fnUntraced(function*(restore) {
    const { subscribe, unsubscribe } = yield* Effect.promise(() => import("node:diagnostics_channel"))
    const started: Array<unknown> = []
    // The process has no id yet.
    const note = (message: unknown): void => {
      if (Predicate.hasProperty(message, "process")) started.push(message.process)
    }
    const handle = yield* Effect.acquireUseRelease(
      Effect.sync(() => subscribe("child_process", note)),
      () => restore(Errno.starting(spawner.spawn(command))),
      () => Effect.sync(() => unsubscribe("child_process", note))
    )
    const own = started.find((one) => Predicate.hasProperty(one, "pid") && one.pid === handle.pid)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        for (const end of endsOf(own)) if (isClosable(end)) end.destroy()
      })
    )
    return handle
  }))
