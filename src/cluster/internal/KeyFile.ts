/**
 * The key file of `SecretSealer`: JSON, with a version.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { currentUser } from "../../files/CurrentUser.ts"
import * as Errno from "../../files/Errno.ts"
import * as PrivateFile from "../../files/PrivateFile.ts"

const Bytes = Schema.Uint8ArrayFromBase64Url.check(
  Schema.makeFilter((bytes) => bytes.length === 32, { expected: "32 bytes in base64url" })
)

export const SealingKey = Schema.Struct({
  id: Schema.String.check(
    Schema.isPattern(/^[A-Za-z0-9_-]{1,64}$/, { expected: "1 to 64 letters, digits, \"_\" or \"-\"" })
  ).annotate({ description: "The name of the key, which each sealed text carries: 1 to 64 letters, digits, _ or -." }),
  key: Schema.flip(
    Schema.flip(Schema.RedactedFromValue(Bytes)).annotateKey({ description: "The 32 bytes of the key." })
  )
})

export const SealingKeys = Schema.NonEmptyArray(SealingKey).check(
  Schema.makeFilter((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, {
    expected: "keys with different names"
  })
)

const Content = Schema.fromJsonString(Schema.Struct({ version: Schema.Literal(1), keys: SealingKeys }))

const decode = Schema.decodeEffect(Content)
const encode = Schema.encodeEffect(Content)

// The longest file that is read, in bytes.
const maxBytes = 65_536

/**
 * Reads the keys of a file that only its owner may read. The failure says what is wrong, and shows no key.
 */
export const read = Effect.fnUntraced(
  function*(path: string): Effect.fn.Return<typeof SealingKeys.Type, string, FileSystem.FileSystem> {
    const fileSystem = yield* FileSystem.FileSystem
    const bytes = yield* Effect.scoped(Effect.gen(function*() {
      const file = yield* Effect.mapError(fileSystem.open(path), Errno.describe)
      const { mode, type, uid } = yield* Effect.mapError(file.stat, Errno.describe)
      if (type !== "File") return yield* Effect.fail(`it is no regular file but a ${type}`)
      if ((mode & 0o177) !== 0) {
        return yield* Effect.fail(`its mode is ${(mode & 0o777).toString(8).padStart(4, "0")} and must be 0600`)
      }
      const own = yield* currentUser
      if (own !== undefined && !Option.contains(uid, own)) {
        return yield* Effect.fail("it belongs to another user than that of this process")
      }
      return yield* Effect.mapError(file.readAlloc(maxBytes), Errno.describe)
    }))
    const text = new TextDecoder().decode(Option.getOrUndefined(bytes))
    return yield* Effect.match(decode(text), {
      onFailure: ({ message }) => Effect.fail(message),
      onSuccess: ({ keys }) => Effect.succeed(keys)
    }).pipe(Effect.flatten)
  }
)

/**
 * Creates a key file. It fails if the file exists.
 */
export const write = Effect.fnUntraced(
  function*(path: string, keys: typeof SealingKeys.Type): Effect.fn.Return<void, string, FileSystem.FileSystem> {
    const fileSystem = yield* FileSystem.FileSystem
    const text = yield* Effect.mapError(encode({ version: 1, keys }), ({ message }) => message)
    yield* Effect.mapError(
      PrivateFile.write(fileSystem, path, new TextEncoder().encode(`${text}\n`)),
      Errno.describe
    )
  }
)
