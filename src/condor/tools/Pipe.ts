/**
 * What a process prints, read as it arrives and within bounds.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Predicate from "effect/Predicate"
import type * as ChildProcess from "effect/process/ChildProcess"
import type * as ChildProcessSpawner from "effect/process/ChildProcessSpawner"
import * as Stream from "effect/Stream"

/**
 * - `read`: reads to the end
 * - `bytes`: how many have been read so far
 * - `rest`: what has been read so far and was not given away
 *
 * @category models
 * @since 0.1.0
 */
export interface Pipe<E> {
  readonly read: Effect.Effect<void, E>
  readonly bytes: () => number
  readonly rest: () => string
}

/**
 * - `maxBytes`: reading fails with `tooMuch` beyond them
 * - `onText`: is given the text as it arrives, which is then not kept
 *
 * @category models
 * @since 0.1.0
 */
export interface Options<E> {
  readonly maxBytes: number
  readonly tooMuch: () => E
  readonly onText?: ((text: string) => void) | undefined
}

/**
 * Reads the bytes of a pipe as text. What is no UTF-8 is replaced.
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

// Each look leaves the event loop room for what has arrived, however busy the host is.
const interval = "50 millis"
const quietLooks = 10
const mostLooks = 40

/**
 * Waits until nothing more arrives: for half a second, and at most two. A process that has ended has printed all that it ever
 * will, and one that it has left behind may hold its pipes, and print to them, for ever.
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
 * Reads all pipes of a process until it has ended and they have nothing more of it: its exit code. They are read together, or a
 * full one would stop the process for ever.
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
 * Starts a process whose pipes are closed with the scope.
 *
 * **Details**
 *
 * Effect's spawner reads no more then, and leaves them open: as long as another process holds the other end, this one cannot
 * end. It has no way to close them, but Node tells of each process that it starts.
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
    // It has no number yet.
    const note = (message: unknown): void => {
      if (Predicate.hasProperty(message, "process")) started.push(message.process)
    }
    const handle = yield* Effect.acquireUseRelease(
      Effect.sync(() => subscribe("child_process", note)),
      () => restore(spawner.spawn(command)),
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
