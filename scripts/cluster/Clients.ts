/** A client in a separate process. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Answer, ClientOrders, Task } from "./Orders.ts"
import * as Processes from "./Processes.ts"

const encodeOrders = Schema.encodeEffect(Schema.fromJsonString(ClientOrders))
const encodeTask = Schema.encodeEffect(Schema.fromJsonString(Schema.toCodecJson(Task)))
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.toCodecJson(Answer)))

/**
 * A client, which is killed when the scope ends.
 *
 * - `ask`: sends it a batch, and waits for the answer
 * - `restart`: kills it, runs an effect, and starts a client that gets all batches without an answer again
 */
export const make = Effect.fnUntraced(function*(orders: typeof ClientOrders.Type, cache: string) {
  const open = new Map<string, { readonly task: string; readonly answer: Deferred.Deferred<typeof Answer.Type> }>()
  const encoded = yield* encodeOrders(orders)
  const onLine = (line: string) =>
    Effect.flatMap(decode(line), (answer) =>
      Effect.suspend(() => {
        const asked = open.get(answer.key)
        open.delete(answer.key)
        return asked === undefined ? Effect.void : Effect.asVoid(Deferred.succeed(asked.answer, answer))
      }))
  const scope = yield* Effect.scope
  const start = Effect.gen(function*() {
    const life = yield* Scope.fork(scope)
    const tasks = yield* Queue.unbounded<string>()
    yield* Queue.offerAll(tasks, Array.from(open.values(), ({ task }) => task))
    const input = Stream.fromQueue(tasks)
    const process = yield* Scope.provide(
      Processes.start({ program: "client.ts", orders: encoded, cache, input, onLine }),
      life
    )
    return { end: Effect.andThen(process.kill, Scope.close(life, Exit.void)), tasks }
  })
  let current = yield* start
  return {
    ask: Effect.fnUntraced(function*(task: typeof Task.Type) {
      const answer = yield* Deferred.make<typeof Answer.Type>()
      const text = yield* encodeTask(task)
      open.set(task.batch.key, { task: text, answer })
      yield* Queue.offer(current.tasks, text)
      return yield* Deferred.await(answer)
    }),
    restart: Effect.fnUntraced(function*<E>(meanwhile: Effect.Effect<void, E> = Effect.void) {
      yield* current.end
      yield* meanwhile
      current = yield* start
    }),
    /** The batches that have no answer yet. */
    open: Effect.sync(() => Array.from(open.keys()))
  }
})
