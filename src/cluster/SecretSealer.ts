/**
 * Seals secrets, so that they cross between runners, and rest in the database, as text that only who has the key can read.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Aead from "effect/crypto/Aead"
import * as SecureRandom from "effect/crypto/SecureRandom"
import * as Effect from "effect/Effect"
import * as Base64Url from "effect/encoding/Base64Url"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { line } from "../contract/Line.ts"
import type { Secret } from "../contract/Submission.ts"
import * as KeyFile from "./internal/KeyFile.ts"

const id = (name: string) => `effect-htcondor-ce/cluster/${name}`

/**
 * A key, and the name by which sealed texts say that it is theirs: letters, digits, `_` and `-`. The key has 32 bytes.
 *
 * @category models
 * @since 0.1.0
 */
export const SealingKey = KeyFile.SealingKey

/**
 * @category models
 * @since 0.1.0
 */
export type SealingKey = typeof SealingKey.Type

/**
 * The keys, of which the first seals and any opens. Each has another name.
 *
 * @category models
 * @since 0.1.0
 */
export const SealingKeys = KeyFile.SealingKeys

/**
 * @category models
 * @since 0.1.0
 */
export type SealingKeys = typeof SealingKeys.Type

/**
 * A text was sealed with a key that is not among those of this process: it has an older key file than who sealed it, or the key was
 * taken out of the file too early.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownSealingKey
  extends Schema.TaggedError<UnknownSealingKey>(id("UnknownSealingKey"))("UnknownSealingKey", { keyId: Schema.String })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`a secret was sealed with the key ${this.keyId}, which is not among the keys of this process`
  }
}

/**
 * A text is no sealed secret, or not one as it was sealed, or another key has the name that it says.
 *
 * @category errors
 * @since 0.1.0
 */
export class DamagedSecret extends Schema.TaggedError<DamagedSecret>(id("DamagedSecret"))("DamagedSecret", {}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return "a sealed secret is damaged, or was sealed with another key of the same name"
  }
}

/**
 * The file of keys cannot be used: it cannot be read, others than its owner may read it, or its content is not one of keys.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyFileUnusable extends Schema.TaggedError<KeyFileUnusable>(id("KeyFileUnusable"))("KeyFileUnusable", {
  path: Schema.String,
  detail: Schema.String
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`the key file ${this.path} cannot be used: ${this.detail}`
  }
}

const version = "v1"

// What is sealed says first whether it is text.
const kinds = { text: 0, bytes: 1 } as const

const pack = (secret: Secret): Uint8Array => {
  const content = Redacted.value(secret)
  const [kind, bytes] = typeof content === "string"
    ? [kinds.text, new TextEncoder().encode(content)]
    : [kinds.bytes, content]
  const packed = new Uint8Array(bytes.length + 1)
  packed[0] = kind
  packed.set(bytes, 1)
  return packed
}

const unpack = (packed: Uint8Array): Secret | undefined => {
  const bytes = packed.slice(1)
  if (packed[0] === kinds.bytes) return Redacted.make(bytes)
  return packed[0] === kinds.text
    ? Redacted.make(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes))
    : undefined
}

/**
 * Seals secrets and opens them.
 *
 * **Details**
 *
 * A sealed text is `v1.<key>.<nonce>.<box>`: the name of the key, 24 random bytes, and the box of XChaCha20-Poly1305, both in
 * base64url. No two are equal, and it tells how long the secret is.
 *
 * - `seal`: with the first key
 * - `open`: with the key that the text names
 *
 * @category services
 * @since 0.1.0
 */
export class SecretSealer extends Context.Service<SecretSealer, {
  seal(secret: Secret): Effect.Effect<string>
  open(sealed: string): Effect.Effect<Secret, UnknownSealingKey | DamagedSecret>
}>()(id("SecretSealer")) {}

const crypto = Layer.provideMerge(Aead.layerWebCrypto, SecureRandom.layerWebCrypto)

/**
 * Seals with the first of some keys, and opens with any. A key that has not 32 bytes is a defect.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (keys: SealingKeys): Layer.Layer<SecretSealer> =>
  Layer.effect(
    SecretSealer,
    Effect.gen(function*() {
      const aead = yield* Aead.Aead
      const random = yield* SecureRandom.SecureRandom
      const ready = ({ id, key }: SealingKey) =>
        Effect.map(Effect.orDie(Aead.key(Aead.xchacha20Poly1305, Redacted.value(key))), (key) => ({ id, key }))
      const sealing = yield* ready(keys[0])
      const known = [sealing, ...(yield* Effect.forEach(keys.slice(1), ready))]

      const seal = Effect.fnUntraced(function*(secret: Secret) {
        const nonce = yield* random.randomBytes(Aead.xchacha20Poly1305.nonceLength)
        const box = yield* Effect.orDie(aead.encrypt(sealing.key, pack(secret), { nonce }))
        return [version, sealing.id, Base64Url.encode(nonce), Base64Url.encode(box)].join(".")
      })

      const open = Effect.fnUntraced(
        function*(sealed: string): Effect.fn.Return<Secret, UnknownSealingKey | DamagedSecret> {
          const [format, keyId = "", nonceText = "", boxText = "", ...others] = sealed.split(".")
          const nonce = Result.getOrUndefined(Base64Url.decode(nonceText))
          const box = Result.getOrUndefined(Base64Url.decode(boxText))
          if (format !== version || others.length > 0 || nonce === undefined || box === undefined) {
            return yield* new DamagedSecret()
          }
          const opening = known.find(({ id }) => id === keyId)
          if (opening === undefined) return yield* new UnknownSealingKey({ keyId })
          const packed = yield* Effect.mapError(
            aead.decrypt(opening.key, box, { nonce }),
            () => new DamagedSecret()
          )
          return unpack(packed) ?? (yield* new DamagedSecret())
        }
      )

      return { seal, open }
    })
  ).pipe(Layer.provide(crypto))

/**
 * The keys of a file. It must belong to the user of this process, and have mode 0600, or 0400.
 *
 * @category constructors
 * @since 0.1.0
 */
export const readKeyFile = (path: string): Effect.Effect<SealingKeys, KeyFileUnusable, FileSystem.FileSystem> =>
  Effect.mapError(KeyFile.read(path), (detail) => new KeyFileUnusable({ path, detail }))

/**
 * Makes a file of keys, with mode 0600. It does not overwrite one.
 *
 * **Example** (A first key)
 *
 * ```ts
 * import { Effect } from "effect"
 * import { SecretSealer } from "effect-htcondor-ce/cluster"
 *
 * export const prepare = Effect.flatMap(
 *   SecretSealer.generateKey("2027-01"),
 *   (key) => SecretSealer.writeKeyFile("cluster.key", [key])
 * )
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const writeKeyFile = (
  path: string,
  keys: SealingKeys
): Effect.Effect<void, KeyFileUnusable, FileSystem.FileSystem> =>
  Effect.mapError(KeyFile.write(path, keys), (detail) => new KeyFileUnusable({ path, detail }))

/**
 * A new key of random bytes.
 *
 * @category constructors
 * @since 0.1.0
 */
export const generateKey = (id: string): Effect.Effect<SealingKey, Schema.SchemaError> =>
  Effect.flatMap(
    SecureRandom.SecureRandom,
    (random) => random.randomBytes(Aead.xchacha20Poly1305.keyLength)
  ).pipe(
    Effect.flatMap((bytes) => Schema.decodeEffect(Schema.toType(SealingKey))({ id, key: Redacted.make(bytes) })),
    Effect.provide(SecureRandom.layerWebCrypto)
  )

/**
 * Seals with the first key of a file, and opens with any of it. The file is read once: see {@link readKeyFile}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFile = (path: string): Layer.Layer<SecretSealer, KeyFileUnusable, FileSystem.FileSystem> =>
  Layer.unwrap(Effect.map(readKeyFile(path), layer))
