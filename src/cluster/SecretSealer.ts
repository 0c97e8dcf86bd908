/**
 * Encrypts secrets for messages between processes and for databases. Only a process with the key can read them.
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
 * A key of 32 bytes, and its name: letters, digits, `_` and `-`. A sealed text has the name of its key.
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
 * The keys of a process, with different names. The first one seals. Any of them opens.
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
 * A text was sealed with a key that this process does not have. Its key file is older than that of the process that sealed, or the
 * key was removed too early.
 *
 * @category errors
 * @since 0.1.0
 */
export class UnknownSealingKey
  extends Schema.TaggedError<UnknownSealingKey>(id("UnknownSealingKey"))("UnknownSealingKey", {
    /** The name of the missing key. */
    keyId: Schema.String.annotate({ description: "The name of the missing key." })
  })
{
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`a secret was sealed with the key ${this.keyId}, which is not among the keys of this process`
  }
}

/**
 * A text is not a sealed secret, or somebody has changed it, or the key of that name is another one.
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
 * The key file cannot be used: it cannot be read, other users may read it, or its content is not a list of keys.
 *
 * @category errors
 * @since 0.1.0
 */
export class KeyFileUnusable extends Schema.TaggedError<KeyFileUnusable>(id("KeyFileUnusable"))("KeyFileUnusable", {
  /** The path of the file. */
  path: Schema.String.annotate({ description: "The path of the file." }),
  /** The reason, for people. */
  detail: Schema.String.annotate({ description: "The reason, for people." })
}) {
  readonly retry = "AfterRepair"
  override get message(): string {
    return line`the key file ${this.path} cannot be used: ${this.detail}`
  }
}

const version = "v1"

// The first byte of the plaintext says whether the secret is text.
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
 * A sealed text is `v1.<key>.<nonce>.<box>`: the name of the key, 24 random bytes, and the ciphertext of XChaCha20-Poly1305, both in
 * base64url. No two sealed texts are equal. A sealed text reveals the length of the secret.
 *
 * @category services
 * @since 0.1.0
 */
export class SecretSealer extends Context.Service<SecretSealer, {
  /** Encrypts with the first key. */
  seal(secret: Secret): Effect.Effect<string>
  /** Decrypts with the key that the text names. */
  open(sealed: string): Effect.Effect<Secret, UnknownSealingKey | DamagedSecret>
}>()(id("SecretSealer")) {}

const crypto = Layer.provideMerge(Aead.layerWebCrypto, SecureRandom.layerWebCrypto)

/**
 * A sealer with these keys. It dies if a key does not have 32 bytes.
 *
 * **Example** (Rotating keys)
 *
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { SecretSealer } from "effect-htcondor-ce/cluster"
 * import * as assert from "node:assert"
 *
 * const seal = Effect.flatMap(SecretSealer.SecretSealer, ({ seal }) => seal(Redacted.make("swordfish")))
 *
 * export const program = Effect.gen(function*() {
 *   const older = yield* SecretSealer.generateKey("2026-07")
 *   const newer = yield* SecretSealer.generateKey("2027-01")
 *   const sealed = yield* Effect.provide(seal, SecretSealer.layer([older]))
 *   const { open } = yield* Effect.provide(SecretSealer.SecretSealer, SecretSealer.layer([newer, older]))
 *   assert.strictEqual(Redacted.value(yield* open(sealed)), "swordfish")
 * })
 * ```
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
 * Reads the keys of a file. It must belong to the user of this process, and have mode 0600 or 0400.
 *
 * @category constructors
 * @since 0.1.0
 */
export const readKeyFile = (path: string): Effect.Effect<SealingKeys, KeyFileUnusable, FileSystem.FileSystem> =>
  Effect.mapError(KeyFile.read(path), (detail) => new KeyFileUnusable({ path, detail }))

/**
 * Creates a key file with mode 0600. It fails if the file exists.
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
 * Generates a random key with this name. It fails if the name has characters other than letters, digits, `_` and `-`.
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
 * A sealer with the keys of a file, which is read once, when the layer is built. See {@link readKeyFile}.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerFile = (path: string): Layer.Layer<SecretSealer, KeyFileUnusable, FileSystem.FileSystem> =>
  Layer.unwrap(Effect.map(readKeyFile(path), layer))
