/** The trouble in a soak: tokens that expire, and a schedd that is killed. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import { toSchedd } from "../../test/live/Signal.ts"
import * as Stack from "../bench/Stack.ts"

/** Writes a token that is good for so many seconds to a file, and the next one when it has expired. */
export const tokens = Effect.fnUntraced(function*(file: string, seconds: number) {
  const fileSystem = yield* FileSystem.FileSystem
  const renew = Effect.gen(function*() {
    const text = yield* Stack.run("token", Stack.version, "--lifetime", String(seconds))
    yield* fileSystem.writeFileString(`${file}.new`, text, { mode: 0o600 })
    yield* fileSystem.rename(`${file}.new`, file)
  })
  yield* renew
  const again = Effect.repeat(renew, Schedule.fixed(`${seconds} seconds`))
  yield* Effect.forkScoped(Effect.delay(again, `${seconds} seconds`))
})

/** Kills the CE's schedd repeatedly. Its master starts it again. */
export const restarts = (every: Duration.Input, onKill: Effect.Effect<void>) =>
  Effect.forkScoped(
    Effect.delay(
      Effect.repeat(
        Effect.andThen(Stack.run("inside", Stack.version, "sh", "-c", toSchedd("KILL")), onKill),
        Schedule.fixed(every)
      ),
      every
    )
  )
