import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem, type Layer, Option, Path, Redacted, Schema, type Scope } from "effect"
import { SecretSealer } from "../../src/cluster/index.ts"

const text = "swordfish-7f3a91"

const key = (id: string, fill: number): SecretSealer.SealingKey => ({
  id,
  key: Redacted.make(new Uint8Array(32).fill(fill))
})

const older = key("2026", 1)
const newer = key("2027", 2)

const seal = (secret: string | Uint8Array) =>
  Effect.flatMap(SecretSealer.SecretSealer, ({ seal }) => seal(Redacted.make(secret)))
const open = (sealed: string) =>
  Effect.flatMap(SecretSealer.SecretSealer, ({ open }) => Effect.map(open(sealed), Redacted.value))

const sealedWith = (one: SecretSealer.SealingKey, secret: string | Uint8Array = text) =>
  Effect.provide(seal(secret), SecretSealer.layer([one]))

describe("SecretSealer.layer", () => {
  it.effect.prop("opens the text and bytes that it has sealed", [
    Schema.Union([Schema.String.check(Schema.isPattern(/^\P{Cs}*$/u)), Schema.Uint8Array])
  ], ([secret]) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* open(yield* seal(secret)), secret)
    }).pipe(Effect.provide(SecretSealer.layer([older]))))

  it.effect("keeps a byte order mark, and distinguishes text from its bytes", () =>
    Effect.gen(function*() {
      const mark = "\ufefftext"
      assert.strictEqual(yield* open(yield* seal(mark)), mark)
      const bytes = new TextEncoder().encode(mark)
      assert.deepStrictEqual(yield* open(yield* seal(bytes)), bytes)
    }).pipe(Effect.provide(SecretSealer.layer([older]))))

  it.effect("gives a text with the version and the name of the key, without the secret, and a different one each time", () =>
    Effect.gen(function*() {
      const [one, other] = [yield* seal(text), yield* seal(text)]
      assert.match(one, /^v1\.2026\.[\w-]{32}\.[\w-]+$/)
      assert.notStrictEqual(one, other)
      const box = Buffer.from(one.split(".")[3] ?? assert.fail(), "base64url")
      assert.strictEqual(box.length, 1 + text.length + 16)
      assert.isFalse(box.includes(text))
    }).pipe(Effect.provide(SecretSealer.layer([older]))))

  it.effect("seals with the first key and opens with any", () =>
    Effect.gen(function*() {
      const old = yield* sealedWith(older)
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* open(old), text)
        const fresh = yield* seal(text)
        assert.strictEqual(fresh.split(".")[1], newer.id)
        assert.strictEqual(yield* open(fresh), text)
      }).pipe(Effect.provide(SecretSealer.layer([newer, older])))
    }))

  it.effect("names a key that it does not have", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.provide(open(yield* sealedWith(newer)), SecretSealer.layer([older])))
      if (error._tag !== "UnknownSealingKey") return assert.fail(error._tag)
      assert.deepStrictEqual([error.keyId, error.retry], ["2027", "AfterRepair"])
      assert.include(error.message, "2027")
    }))

  it.effect("refuses a text that is damaged anywhere, or sealed with another key of the same name", () =>
    Effect.gen(function*() {
      const sealed = yield* sealedWith(older)
      const parts = sealed.split(".")
      const swapped = (index: number, part: string) => parts.map((one, at) => (at === index ? part : one)).join(".")
      const flipped = (part: string) => `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`
      const damaged = [
        "",
        text,
        sealed.slice(0, -4),
        `${sealed}.more`,
        swapped(0, "v2"),
        swapped(2, flipped(parts[2] ?? "")),
        swapped(2, "AAAA"),
        swapped(3, flipped(parts[3] ?? "")),
        swapped(3, "not base64url!"),
        swapped(3, ""),
        yield* sealedWith(key(older.id, 3))
      ]
      for (const one of damaged) {
        assert.strictEqual((yield* Effect.flip(open(one)))._tag, "DamagedSecret", one)
      }
    }).pipe(Effect.provide(SecretSealer.layer([older]))))
})

const directory = Effect.flatMap(FileSystem.FileSystem, (files) => files.makeTempDirectoryScoped({ prefix: "keys-" }))

describe("SecretSealer.layerFile", () => {
  const scoped = <A, E>(
    test: Effect.Effect<A, E, Layer.Success<typeof NodeServices.layer> | Scope.Scope>
  ) => Effect.scoped(test).pipe(Effect.provide(NodeServices.layer))

  it.effect("opens a text that another process with the same file has sealed", () =>
    scoped(Effect.gen(function*() {
      const path = (yield* Path.Path).join(yield* directory, "cluster.key")
      yield* SecretSealer.writeKeyFile(path, [yield* SecretSealer.generateKey("2027-01"), older])
      const sealed = yield* Effect.provide(seal(text), SecretSealer.layerFile(path), { local: true })
      assert.strictEqual(sealed.split(".")[1], "2027-01")
      assert.strictEqual(yield* Effect.provide(open(sealed), SecretSealer.layerFile(path), { local: true }), text)
      assert.deepStrictEqual((yield* SecretSealer.readKeyFile(path)).map(({ id }) => id), ["2027-01", "2026"])
    })))

  it.effect("creates a file that only its owner can read, and does not overwrite one", () =>
    scoped(Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = (yield* Path.Path).join(yield* directory, "cluster.key")
      yield* SecretSealer.writeKeyFile(path, [older])
      assert.strictEqual((yield* files.stat(path)).mode & 0o777, 0o600)
      const before = yield* files.readFileString(path)
      assert.strictEqual(JSON.parse(before).version, 1)
      const error = yield* Effect.flip(SecretSealer.writeKeyFile(path, [newer]))
      assert.include(error.message, "EEXIST")
      assert.strictEqual(yield* files.readFileString(path), before)
    })))

  it.effect("refuses a file that other users may read or write", () =>
    scoped(Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = (yield* Path.Path).join(yield* directory, "cluster.key")
      yield* SecretSealer.writeKeyFile(path, [older])
      for (const mode of [0o640, 0o604, 0o644, 0o620, 0o602, 0o700]) {
        yield* files.chmod(path, mode)
        const { _tag, detail } = yield* Effect.flip(SecretSealer.readKeyFile(path))
        assert.deepStrictEqual([_tag, detail], [
          "KeyFileUnusable",
          `its mode is 0${mode.toString(8)} and must be 0600`
        ])
      }
      yield* files.chmod(path, 0o400)
      assert.lengthOf(yield* SecretSealer.readKeyFile(path), 1)
    })))

  it.effect("refuses a file of another user", () =>
    scoped(Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = (yield* Path.Path).join(yield* directory, "cluster.key")
      yield* SecretSealer.writeKeyFile(path, [older])
      const theirs: FileSystem.FileSystem = {
        ...files,
        open: (path) =>
          Effect.map(files.open(path), (file) => ({
            ...file,
            stat: Effect.map(file.stat, (info) => ({ ...info, uid: Option.map(info.uid, (uid) => uid + 1) }))
          }))
      }
      const error = yield* Effect.flip(
        Effect.provideService(SecretSealer.readKeyFile(path), FileSystem.FileSystem, theirs)
      )
      assert.include(error.detail, "another user")
    })))

  it.effect("says what is wrong with a file, and shows no key", () =>
    scoped(Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const inside = yield* directory
      const path = (yield* Path.Path).join(inside, "cluster.key")
      const good = Buffer.alloc(32, 7).toString("base64url")
      const short = Buffer.alloc(31, 7).toString("base64url")
      const rows: ReadonlyArray<readonly [content: string, words: string]> = [
        ["", "JSON"],
        ["swordfish", "JSON"],
        [JSON.stringify({ version: 2, keys: [{ id: "a", key: good }] }), "version"],
        [JSON.stringify({ version: 1, keys: [] }), "keys"],
        [JSON.stringify({ version: 1, keys: [{ id: "a.b", key: good }] }), "1 to 64 letters"],
        [JSON.stringify({ version: 1, keys: [{ id: "a", key: short }] }), "32 bytes in base64url"],
        [JSON.stringify({ version: 1, keys: [{ id: "a", key: good }, { id: "a", key: good }] }), "different names"]
      ]
      for (const [content, words] of rows) {
        yield* files.writeFileString(path, content, { mode: 0o600 })
        const { message } = yield* Effect.flip(SecretSealer.readKeyFile(path))
        assert.include(message, words)
        for (const secret of [good, short]) assert.notInclude(message, secret)
      }
      assert.include((yield* Effect.flip(SecretSealer.readKeyFile(`${path}.none`))).message, "ENOENT")
      assert.include((yield* Effect.flip(SecretSealer.readKeyFile(inside))).message, "Directory")
    })))

  it.effect("generates different keys, and refuses an invalid name", () =>
    Effect.gen(function*() {
      const [one, other] = [yield* SecretSealer.generateKey("a"), yield* SecretSealer.generateKey("a")]
      assert.lengthOf(Redacted.value(one.key), 32)
      assert.notDeepEqual(Redacted.value(one.key), Redacted.value(other.key))
      assert.notInclude(String(one.key), Buffer.from(Redacted.value(one.key)).toString("base64url"))
      assert.include((yield* Effect.flip(SecretSealer.generateKey("a.b"))).message, "1 to 64 letters")
    }))
})
