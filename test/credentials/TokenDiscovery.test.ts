import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, FileSystem, Layer, Option, Redacted, Result } from "effect"
import { decodeJwt } from "jose/jwt/decode"
import { join } from "node:path"
import { getuid } from "node:process"
import { type Credential, CredentialProvider, type CredentialRequirements } from "../../src/contract/Credential.ts"
import * as TokenDiscovery from "../../src/credentials/TokenDiscovery.ts"
import { plain, proxy } from "../ce/Tokens.ts"

const uid = String(getuid?.())

const asked: CredentialRequirements = { resource: "ce:9619", kinds: ["SciToken"], scopes: [] }

const text = (name: string): string => Redacted.value(plain(name))

/** A host with files of this user in /tmp, in its runtime directory, and elsewhere. */
const host = Effect.gen(function*() {
  const real = yield* FileSystem.FileSystem
  const directory = yield* real.makeTempDirectoryScoped({ prefix: "discovery-test-" })
  const at = (path: string) => join(directory, path)
  for (const name of ["tmp", "run", "own"]) yield* real.makeDirectory(at(name))
  const strange = new Set<string>()
  const inside = (path: string) => path.replace(/^\/tmp\/(?=bt_|x509up_)/, `${at("tmp")}/`)
  const fileSystem: FileSystem.FileSystem = {
    ...real,
    readFileString: (path, encoding) => real.readFileString(inside(path), encoding),
    stat: (path) => real.stat(inside(path)),
    lstat: (path) =>
      Effect.map(
        real.lstat(inside(path)),
        (info) => strange.has(inside(path)) ? { ...info, uid: Option.some(4_000_000) } : info
      )
  }
  const provider = (env: Record<string, string>, proxyFile?: string) => {
    const layer = TokenDiscovery.layer({ proxy: proxyFile }).pipe(
      Layer.provide([
        Layer.succeed(FileSystem.FileSystem, fileSystem),
        ConfigProvider.layer(ConfigProvider.fromEnv({ env }))
      ]),
      Layer.provide(NodeServices.layer)
    )
    return Effect.map(Layer.build(layer), (context) => Context.get(context, CredentialProvider))
  }
  const discover = (env: Record<string, string>, requirements = asked, proxyFile?: string) =>
    Effect.gen(function*() {
      const service = yield* provider(env, proxyFile)
      const found = yield* Effect.result(service.credentials(requirements))
      const revision = yield* service.revision?.(requirements) ?? Effect.succeed("none")
      return { found: Result.match(found, { onFailure: String, onSuccess: (all) => all.map(shown).join() }), revision }
    })
  return {
    at,
    discover,
    link: (target: string, path: string) => real.symlink(at(target), at(path)),
    provider,
    strange,
    write: (path: string, text: string) => real.writeFileString(at(path), text)
  }
})

const shown = (credential: Credential): string =>
  credential._tag === "X509Proxy"
    ? `X509Proxy ${Redacted.value(credential.proxy)}`
    : `${credential._tag} ${String(decodeJwt(Redacted.value(credential.token)).jti)}`

const onHost = <A, E>(body: (here: Effect.Success<typeof host>) => Effect.Effect<A, E, FileSystem.FileSystem>) =>
  Effect.flatMap(host, body).pipe(Effect.scoped, Effect.provide(NodeServices.layer))

describe("TokenDiscovery", () => {
  it.effect("finds the token in the first of four places", () =>
    onHost(({ at, discover, write }) =>
      Effect.scoped(Effect.gen(function*() {
        const env = {
          BEARER_TOKEN: `  ${text("text")}\n`,
          BEARER_TOKEN_FILE: at("own/token"),
          XDG_RUNTIME_DIR: at("run")
        }
        const { BEARER_TOKEN: _, ...withoutText } = env
        const runtime = { XDG_RUNTIME_DIR: at("run") }
        yield* write("own/token", text("file"))
        yield* write(`run/bt_u${uid}`, text("runtime"))
        yield* write(`tmp/bt_u${uid}`, text("temporary"))
        assert.strictEqual((yield* discover(env)).found, "SciToken text")
        assert.strictEqual((yield* discover({ ...env, BEARER_TOKEN: " " })).found, "SciToken file")
        assert.strictEqual((yield* discover(withoutText)).found, "SciToken file")
        assert.strictEqual((yield* discover(runtime)).found, "SciToken runtime")
        assert.strictEqual((yield* discover({})).found, "SciToken temporary")
        assert.strictEqual((yield* discover({ XDG_RUNTIME_DIR: at("own") })).found, "SciToken temporary")
      }))
    ))

  it.effect("a variable that is set decides, even if its file is unusable", () =>
    onHost(({ at, discover, write }) =>
      Effect.scoped(Effect.gen(function*() {
        yield* write(`tmp/bt_u${uid}`, text("temporary"))
        const missing = yield* discover({ BEARER_TOKEN_FILE: at("own/none") })
        assert.include(missing.found, `the file ${at("own/none")}: does not exist`)
        yield* write("own/empty", " \n")
        assert.include((yield* discover({ BEARER_TOKEN_FILE: at("own/empty") })).found, "is empty")
      }))
    ))

  it.effect("ignores files of other users, and names the searched places if it finds none", () =>
    onHost(({ at, discover, strange, write }) =>
      Effect.scoped(Effect.gen(function*() {
        assert.strictEqual((yield* discover({})).found.includes("there is none"), true)
        yield* write(`tmp/bt_u${uid}`, text("planted"))
        strange.add(at(`tmp/bt_u${uid}`))
        assert.strictEqual((yield* discover({})).found.includes("there is none"), true)
        yield* write(`run/bt_u${uid}`, text("planted"))
        strange.add(at(`run/bt_u${uid}`))
        assert.strictEqual((yield* discover({ XDG_RUNTIME_DIR: at("run") })).found.includes("there is none"), true)
      }))
    ))

  it.effect("ignores another user's link to a file of this user, and follows this user's own", () =>
    onHost(({ at, discover, link, strange, write }) =>
      Effect.scoped(Effect.gen(function*() {
        yield* write("own/token", text("other purposes"))
        yield* link("own/token", `tmp/bt_u${uid}`)
        assert.strictEqual((yield* discover({})).found, "SciToken other purposes")
        strange.add(at(`tmp/bt_u${uid}`))
        assert.strictEqual((yield* discover({})).found.includes("there is none"), true)
      }))
    ))

  it.effect("refuses a text that is no token, and names its file or variable", () =>
    onHost(({ at, discover, write }) =>
      Effect.scoped(Effect.gen(function*() {
        for (const junk of ["junk in a file", "ce.example.org", proxy]) {
          yield* write("own/junk", junk)
          const { found } = yield* discover({ BEARER_TOKEN_FILE: at("own/junk") })
          assert.include(found, `the file ${at("own/junk")}: holds no token`)
          assert.notInclude(found, junk)
          assert.include((yield* discover({ BEARER_TOKEN: junk })).found, "SciToken: BEARER_TOKEN: holds no token")
        }
      }))
    ))

  it.effect("finds files in /tmp, whatever TMPDIR is", () =>
    onHost(({ at, provider, write }) =>
      Effect.scoped(Effect.gen(function*() {
        yield* write(`tmp/bt_u${uid}`, text("temporary"))
        yield* write(`own/bt_u${uid}`, text("elsewhere"))
        for (const TMPDIR of [at("own"), "/nonexistent"]) {
          const { credentials } = yield* provider({ TMPDIR })
          assert.deepStrictEqual((yield* credentials(asked)).map(shown), ["SciToken temporary"])
        }
      }))
    ))

  it.effect("finds a proxy if one is required", () =>
    onHost(({ at, discover, write }) =>
      Effect.scoped(Effect.gen(function*() {
        const both: CredentialRequirements = { ...asked, kinds: ["SciToken", "X509Proxy"] }
        yield* write("own/named", proxy)
        yield* write("own/given", `${proxy}given`)
        yield* write(`tmp/x509up_u${uid}`, `${proxy}found`)
        const env = { BEARER_TOKEN: text("text"), X509_USER_PROXY: at("own/named") }
        assert.strictEqual((yield* discover(env)).found, "SciToken text")
        assert.strictEqual((yield* discover(env, both)).found, `SciToken text,X509Proxy ${proxy}`)
        assert.strictEqual((yield* discover(env, both, at("own/given"))).found, `SciToken text,X509Proxy ${proxy}given`)
        const onlyProxy: CredentialRequirements = { ...asked, kinds: ["X509Proxy"] }
        assert.strictEqual((yield* discover({}, onlyProxy)).found, `X509Proxy ${proxy}found`)
      }))
    ))

  it.effect("the revision changes with the token, and does not show it", () =>
    onHost(({ at, discover, write }) =>
      Effect.scoped(Effect.gen(function*() {
        const revisions = new Set<string>()
        for (const name of ["one", "two"]) revisions.add((yield* discover({ BEARER_TOKEN: text(name) })).revision)
        for (const name of ["first", "second!"]) {
          yield* write("own/token", text(name))
          revisions.add((yield* discover({ BEARER_TOKEN_FILE: at("own/token") })).revision)
        }
        const again = (yield* discover({ BEARER_TOKEN_FILE: at("own/token") })).revision
        assert.isTrue(revisions.has(again))
        assert.strictEqual(revisions.size, 4)
        for (const name of ["one", "two", "first", "second!"]) assert.notInclude([...revisions].join(), text(name))
      }))
    ))
})
