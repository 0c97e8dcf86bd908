/**
 * The environments of one CE. Operations with the same token share the private directory with that token.
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
 * The environments of the tools, by their token.
 */
export interface ToolEnvironments {
  /** Returns the environment of the tools that send a token, until the scope ends. */
  open(set: Pick<Shown, "token">): Effect.Effect<Record<string, string>, LocalFailure, Scope.Scope>
  /** The next `open` makes a new directory. Returns whether the token was removed from the present one. */
  forget(set: Pick<Shown, "token">): Effect.Effect<boolean>
}

// Making and removing a directory costs as much as starting a tool. A caller that polls every few seconds reuses it.
const idleFor = Duration.seconds(10)

const day = Duration.toMillis(Duration.days(1))

/**
 * Makes the environments.
 *
 * **Details**
 *
 * A directory is removed ten seconds after the last operation that needed it. It is also removed at the end of the scope, or
 * after the last operation that still runs then. No directory is used for longer than a day, because other processes remove
 * directories in the shared temporary directory that are a week old.
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
    // A directory that could not be made is made again. So is one that was removed or emptied.
    const get = Effect.tapError(RcMap.get(shared, key), () => RcMap.invalidate(shared, key))
    const found = yield* get
    // A new directory would be swept as often.
    yield* temporary.sweepSiblings(ToolEnvironment.directory(path, found))
    if (yield* isWhole(found)) return found
    // A concurrent operation may have replaced it already.
    const latest = yield* get
    if (latest !== found) return latest
    yield* RcMap.invalidate(shared, key)
    return yield* get
  })

  const environments: ToolEnvironments = {
    open: (set) =>
      Effect.andThen(
        underWay,
        // A finalizer may cancel its jobs after the end of the backend.
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
