/** A client of a cluster in a separate process. Its tasks are lines of its input, and its answers are lines of its output. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as NodeStream from "@effect/platform-node/NodeStream"
import * as Cause from "effect/Cause"
import * as ClusterError from "effect/cluster/ClusterError"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { argv, stdin, stdout } from "node:process"
import { Cluster, PilotBatch } from "../../src/cluster/index.ts"
import { Retry } from "../../src/index.ts"
import { Answer, ClientOrders, storageOf, Task, timing } from "./Orders.ts"

const encodeAnswer = Schema.encodeEffect(Schema.fromJsonString(Schema.toCodecJson(Answer)))
const decodeTask = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.toCodecJson(Task)))

// The database is locked, or does not answer. The same key joins the batch that has been started.
const isOfDatabase = (cause: Cause.Cause<{ readonly retry: Retry.Retry }>): boolean =>
  cause.reasons.some((reason) =>
    Cause.isFailReason(reason)
      ? Retry.canRepeat(reason.error)
      : Cause.isDieReason(reason) && reason.defect instanceof ClusterError.PersistenceError
  )

const answerOf = Effect.fnUntraced(function*({ batch, interruptAfter }: typeof Task.Type) {
  const { key } = batch
  const exit = yield* Effect.gen(function*() {
    const id = yield* PilotBatch.start(batch)
    if (interruptAfter !== undefined) {
      yield* Effect.sleep(interruptAfter)
      yield* PilotBatch.PilotBatch.interrupt(id)
    }
    // `execute` polls less and less often.
    const result = yield* Effect.repeat(PilotBatch.PilotBatch.poll(id), {
      until: (result) => Option.isSome(result) && result.value._tag === "Complete",
      schedule: Schedule.spaced("500 millis")
    })
    return Option.exists(result, (one) => one._tag === "Complete" && Exit.hasInterrupts(one.exit))
      ? Answer.cases.Withdrawn.make({ key })
      : Answer.cases.Ended.make({ key, collection: yield* PilotBatch.execute(batch) })
  }).pipe(
    Effect.sandbox,
    Effect.retry({ while: isOfDatabase, schedule: Schedule.spaced("1 second") }),
    Effect.catch(Effect.failCause),
    Effect.exit
  )
  return Exit.isSuccess(exit) ? exit.value : Answer.cases.Failed.make({ key, detail: Cause.pretty(exit.cause) })
})

const program = Effect.gen(function*() {
  const { database, expiration } = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(ClientOrders))(argv[2])
  const client = Layer.merge(
    Cluster.layerClient({ storage: storageOf(database), sharding: timing(expiration) }),
    NodeServices.layer
  )
  yield* NodeStream.fromReadable({ evaluate: () => stdin, onError: (cause) => cause }).pipe(
    Stream.decodeText,
    Stream.splitLines,
    // It ends with its input, even if tasks have no answer yet.
    Stream.runForEach((line) =>
      Effect.gen(function*() {
        const answer = yield* Effect.flatMap(decodeTask(line), answerOf)
        stdout.write(`${yield* encodeAnswer(answer)}\n`)
      }).pipe(Effect.forkScoped)
    ),
    Effect.scoped,
    Effect.provide(client)
  )
}).pipe(
  Effect.provideService(References.MinimumLogLevel, "Warn"),
  Effect.provide(Logger.layer([Logger.withConsoleError(Logger.formatSimple)]))
)

NodeRuntime.runMain(program)
