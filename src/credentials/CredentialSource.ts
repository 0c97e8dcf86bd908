/**
 * Reads the text of a credential, and makes the credential.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialUnavailable } from "../contract/BackendError.ts"
import { Credential, type CredentialKind, type CredentialRequirements } from "../contract/Credential.ts"
import * as TokenText from "./TokenText.ts"

/**
 * One optional `A` for each kind of credential: a text, the path of a file, or a `Config`.
 */
export interface Sources<A> {
  /** The IDTOKEN, or several of them: the tools use the one that the CE has signed. */
  readonly idToken?: A | undefined
  /** The SciToken or WLCG token. */
  readonly sciToken?: A | undefined
  /** The X.509 proxy certificate that jobs get, with its key and its chain, in PEM form. */
  readonly proxy?: A | undefined
}

/**
 * The field of `Sources` for each kind of credential.
 */
export const fields = { IdToken: "idToken", SciToken: "sciToken", X509Proxy: "proxy" } as const

// With checks, an empty text would throw.
const unchecked = { disableChecks: true }

/**
 * Makes a credential from text: from the tokens in it, without comments and blank lines, or from a proxy certificate without
 * changes. The text is not validated here: the backend refuses an unusable one.
 */
export const fromText = (kind: CredentialKind, text: Redacted.Redacted<string>): Credential => {
  switch (kind) {
    case "IdToken":
    case "SciToken": {
      const tokens = TokenText.tokens(Redacted.value(text))
      const token = tokens.length === 0 ? Redacted.value(text).trim() : tokens.join("\n")
      return Credential.cases[kind].make({ token: Redacted.make(token) }, unchecked)
    }
    case "X509Proxy":
      return Credential.cases.X509Proxy.make({ proxy: text }, unchecked)
  }
}

// Why a text is no credential, without any part of the text. The backend checks proxy certificates.
const fault = (kind: CredentialKind, text: string): string | undefined =>
  text.trim() === ""
    ? "is empty"
    : kind !== "X509Proxy" && TokenText.tokens(text).length === 0
    ? "holds no token"
    : undefined

/**
 * The content of a source: its text, and the name of the place, if there is one.
 */
export interface Said {
  readonly text: Redacted.Redacted<string>
  readonly from?: string | undefined
}

/**
 * The credentials of the required kinds that have a source. Fails if one of these sources cannot be read, or has no credential.
 */
export const fromSources = <A>(sources: Sources<A>, read: (source: A) => Effect.Effect<Said, string>) =>
(
  { kinds, resource }: CredentialRequirements
): Effect.Effect<ReadonlyArray<Credential>, CredentialUnavailable> =>
  Effect.forEach(
    kinds,
    Effect.fnUntraced(
      function*(kind) {
        const source = sources[fields[kind]]
        if (source === undefined) return []
        const { from, text } = yield* read(source)
        const wrong = fault(kind, Redacted.value(text))
        if (wrong === undefined) return [fromText(kind, text)]
        return yield* Effect.fail(from === undefined ? wrong : `${from}: ${wrong}`)
      },
      (effect, kind) =>
        Effect.mapError(effect, (detail) => new CredentialUnavailable({ resource, detail: `${kind}: ${detail}` }))
    )
  ).pipe(Effect.map((found) => found.flat()))

/**
 * Reads a file. Its `revision` changes when the file changes.
 */
export const file = (fileSystem: FileSystem.FileSystem, path: string) => ({
  read: fileSystem.readFileString(path).pipe(
    Effect.mapError(({ reason: { _tag } }) =>
      `the file ${path}: ${_tag === "NotFound" ? "does not exist" : `cannot be read (${_tag})`}`
    ),
    Effect.map((text): Said => ({ text: Redacted.make(text), from: `the file ${path}` }))
  ),
  revision: Effect.match(fileSystem.stat(path), {
    onFailure: (error) => error.reason._tag,
    onSuccess: ({ ino, mtime, size }) =>
      [size, ...Option.toArray(mtime).map((time) => time.getTime()), ...Option.toArray(ino)].join(" ")
  })
})
