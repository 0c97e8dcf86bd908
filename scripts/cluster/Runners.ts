/** Runners in separate processes. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Event, Orders } from "./Orders.ts"
import * as Processes from "./Processes.ts"

const encode = Schema.encodeEffect(Schema.fromJsonString(Orders))
const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(Event))

/** Starts a runner, which is killed when the scope ends. `onEvent` gets its events. */
export const start = Effect.fnUntraced(function*(
  orders: typeof Orders.Type,
  cache: string,
  onEvent: (event: typeof Event.Type) => Effect.Effect<void>
) {
  return yield* Processes.start({
    program: "runner.ts",
    orders: yield* encode(orders),
    cache,
    onLine: (line) => Effect.flatMap(decode(line), onEvent)
  })
})
