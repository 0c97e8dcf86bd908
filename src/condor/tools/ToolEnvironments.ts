/**
 * The environments of one CE: operations that show the same token share the private directory in which it lies.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as RcMap from "effect/RcMap"
import type * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { LocalFailure } from "../../contract/BackendError.ts"
import type { Temporary } from "../../files/PrivateDirectories.ts"
import type { Shown } from "../Schedd.ts"
import * as ToolEnvironment from "./ToolEnvironment.ts"

/**
 * - `open`: the environment of the tools that show a token, for as long as the scope lives
 * - `forget`: the next one that opens it has a directory of its own. Says whether there is one from which somebody has taken
 *   the token
 */
export interface ToolEnvironments {
  open(set: Pick<Shown, "token">): Effect.Effect<Record<string, string>, LocalFailure, Scope.Scope>
  forget(set: Pick<Shown, "token">): Effect.Effect<boolean>
}

// To make a directory and to remove it costs as much as to start a tool. A caller that asks for
// the status every few seconds finds it there.
const idleFor = Duration.seconds(10)

const day = Duration.toMillis(Duration.days(1))

/**
 * A directory goes ten seconds after the last operation that needed it, and with the scope, or with the last operation that is
 * under way by then. None is opened for longer than a day: a neighbour that shares the temporary directory takes one that is a
 * week old for left behind.
 */
export const make = Effect.fnUntraced(function*(settings: ToolEnvironment.Settings, temporary: Temporary) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const makeOne = yield* ToolEnvironment.make(settings, temporary)
  const life = { operations: 0, hasEnded: false }
  const scope = yield* Scope.make()
  const end = Effect.suspend(() => life.hasEnded && life.operations === 0 ? Scope.close(scope, Exit.void) : Effect.void)
  yield* Effect.addFinalizer(() => {
    life.hasEnded = true
    return end
  })
  const underWay = Effect.acquireRelease(
    Effect.sync(() => life.operations++),
    () => {
      life.operations--
      return end
    }
  )
  const shared = yield* Scope.provide(
    RcMap.make({
      lookup: ({ token }: { readonly token: Redacted.Redacted<string>; readonly day: number }) => makeOne({ token }),
      idleTimeToLive: idleFor
    }),
    scope
  )
  const keyOf = ({ token }: Pick<Shown, "token">) =>
    Effect.map(Clock.currentTimeMillis, (now) => ({ token, day: Math.floor(now / day) }))

  const isWhole = (environment: Record<string, string>) =>
    Effect.orElseSucceed(
      Effect.map(
        Effect.forEach(ToolEnvironment.files(path, environment), (file) => fileSystem.exists(file)),
        (all) => all.every(Boolean)
      ),
      () => false
    )

  const share = Effect.fnUntraced(function*(set: Pick<Shown, "token">) {
    const key = yield* keyOf(set)
    // One that could not be opened is opened anew, and so is one that somebody has removed, or emptied.
    const get = Effect.tapError(RcMap.get(shared, key), () => RcMap.invalidate(shared, key))
    const found = yield* get
    // As often as if it had been made for this operation.
    yield* temporary.sweepSiblings(ToolEnvironment.directory(path, found))
    if (yield* isWhole(found)) return found
    // Others may have seen the same, and made it anew.
    const latest = yield* get
    if (latest !== found) return latest
    yield* RcMap.invalidate(shared, key)
    return yield* get
  })

  const environments: ToolEnvironments = {
    open: (set) =>
      Effect.andThen(
        underWay,
        // A finalizer may cancel its jobs when the backend has gone.
        Effect.suspend(() => life.hasEnded ? makeOne(set) : share(set))
      ),
    forget: Effect.fnUntraced(function*(set) {
      const key = yield* keyOf(set)
      const found = yield* Effect.option(RcMap.getOption(shared, key))
      const isTaken = Option.isSome(found) && Option.isSome(found.value) && !(yield* isWhole(found.value.value))
      yield* RcMap.invalidate(shared, key)
      return isTaken
    }, Effect.scoped)
  }
  return environments
})
