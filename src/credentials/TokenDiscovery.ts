/**
 * WLCG Bearer Token Discovery (https://zenodo.org/records/3937438): finds the user's token in the environment.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { CredentialUnavailable } from "../contract/BackendError.ts"
import { CredentialProvider, type CredentialRequirements } from "../contract/Credential.ts"
import { currentUser } from "../files/CurrentUser.ts"
import { file, fromSources } from "./CredentialSource.ts"

type Source =
  | { readonly _tag: "Text"; readonly text: Redacted.Redacted<string> }
  | { readonly _tag: "File"; readonly path: string }

// The directory in the specification, which `voms-proxy-init` also uses.
const common = "/tmp"

/**
 * Supplies the token in the user's environment, as a `SciToken`, and the proxy certificate if it is required.
 *
 * **Details**
 *
 * The token is the first one found in `BEARER_TOKEN` (the token itself), `BEARER_TOKEN_FILE` (a file),
 * `$XDG_RUNTIME_DIR/bt_u<uid>`, and `/tmp/bt_u<uid>`. A variable that is set decides, even if its file cannot be read. The proxy
 * is the file in `options.proxy`, `X509_USER_PROXY`, or `/tmp/x509up_u<uid>`. `TMPDIR` has no influence: other programs write
 * these files to `/tmp`. A file or link that is found by its name must belong to this user, because everybody may write to
 * `/tmp`. Variables are read through the `ConfigProvider`, each time that a backend needs credentials. Effect's default one has
 * the environment with which this process started.
 *
 * **Example** (Finding the token of a user)
 *
 * ```ts
 * import { ConfigProvider, Effect, Layer, Redacted } from "effect"
 * import { Credential, TokenDiscovery } from "effect-htcondor-ce"
 * import { FakeSchedd } from "effect-htcondor-ce/testing"
 * import * as assert from "node:assert"
 *
 * const environment = ConfigProvider.fromEnvRecord({ BEARER_TOKEN: Redacted.value(FakeSchedd.token("pilot")) })
 *
 * export const program = Effect.gen(function*() {
 *   const { credentials } = yield* Credential.CredentialProvider
 *   const given = yield* credentials({ resource: "ce.example.org:9619", kinds: ["SciToken"], scopes: ["compute.read"] })
 *   assert.deepStrictEqual(given.map(({ _tag }) => _tag), ["SciToken"])
 * }).pipe(Effect.provide(TokenDiscovery.layer().pipe(Layer.provide(ConfigProvider.layer(environment)))))
 * ```
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: { readonly proxy?: string | undefined } = {}
): Layer.Layer<CredentialProvider, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    CredentialProvider,
    Effect.gen(function*() {
      const fileSystem = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const environment = yield* ConfigProvider.ConfigProvider

      const variable = (name: string): Effect.Effect<Option.Option<Redacted.Redacted<string>>> =>
        Effect.map(
          Effect.option(Config.Redacted(name).parse(environment)),
          Option.filter((value) => Redacted.value(value).trim() !== "")
        )

      const owned = Effect.fnUntraced(function*(name: string, directory: string) {
        const own = yield* currentUser
        if (own === undefined) return []
        const candidate = path.join(directory, `${name}_u${own}`)
        const info = yield* Effect.option(fileSystem.lstat(candidate))
        return Option.exists(info, ({ uid }) => Option.contains(uid, own)) ? [candidate] : []
      })

      const asFile = (found: string | undefined): Source | undefined =>
        found === undefined ? undefined : { _tag: "File", path: found }

      const token = Effect.gen(function*() {
        const text = Option.getOrUndefined(yield* variable("BEARER_TOKEN"))
        if (text !== undefined) return { _tag: "Text" as const, text }
        const named = Option.getOrUndefined(Option.map(yield* variable("BEARER_TOKEN_FILE"), Redacted.value))
        if (named !== undefined) return asFile(named)
        const runtime = Option.getOrUndefined(Option.map(yield* variable("XDG_RUNTIME_DIR"), Redacted.value))
        const found = [...(runtime === undefined ? [] : yield* owned("bt", runtime)), ...yield* owned("bt", common)]
        return asFile(found[0])
      })

      const proxy = Effect.gen(function*() {
        if (options.proxy !== undefined) return asFile(options.proxy)
        const named = Option.getOrUndefined(Option.map(yield* variable("X509_USER_PROXY"), Redacted.value))
        return asFile(named ?? (yield* owned("x509up", common))[0])
      })

      const find = Effect.fnUntraced(function*({ kinds }: CredentialRequirements) {
        return {
          sciToken: kinds.includes("SciToken") ? yield* token : undefined,
          proxy: kinds.includes("X509Proxy") ? yield* proxy : undefined
        }
      })

      const revisionOf = (source: Source | undefined): Effect.Effect<string> => {
        if (source === undefined) return Effect.succeed("")
        return source._tag === "Text"
          ? Effect.succeed(`${Hash.string(Redacted.value(source.text))}`)
          : Effect.map(file(fileSystem, source.path).revision, (revision) => `${source.path} ${revision}`)
      }

      return {
        credentials: Effect.fnUntraced(function*(requirements) {
          const { kinds, resource } = requirements
          const sources = yield* find(requirements)
          const places = kinds.includes("SciToken") && sources.sciToken === undefined
            ? "BEARER_TOKEN, BEARER_TOKEN_FILE, $XDG_RUNTIME_DIR/bt_u<uid> and /tmp/bt_u<uid>"
            : kinds.includes("X509Proxy") && sources.proxy === undefined
            ? "X509_USER_PROXY and /tmp/x509up_u<uid>"
            : undefined
          if (places !== undefined) {
            return yield* new CredentialUnavailable({ resource, detail: `there is none in ${places}` })
          }
          return yield* fromSources(
            sources,
            (source) =>
              source._tag === "Text"
                ? Effect.succeed({ text: source.text, from: "BEARER_TOKEN" })
                : file(fileSystem, source.path).read
          )(requirements)
        }),
        revision: (requirements) =>
          Effect.flatMap(find(requirements), (sources) =>
            Effect.map(
              Effect.forEach([sources.sciToken, sources.proxy], revisionOf),
              (revisions) => revisions.join()
            ))
      } satisfies CredentialProvider["Service"]
    })
  )
