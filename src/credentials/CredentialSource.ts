/**
 * Where the text of a credential is read from, and what is made of it.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialUnavailable } from "../contract/BackendError.ts"
import { Credential, type CredentialKind, type CredentialRequirements } from "../contract/Credential.ts"
import * as TokenText from "./TokenText.ts"

/**
 * One value for each kind of credential that there is: a text, the path of a file, or what one likes.
 */
export interface Sources<A> {
  readonly idToken?: A | undefined
  readonly sciToken?: A | undefined
  readonly proxy?: A | undefined
}

/**
 * Where the sources have each kind.
 */
export const fields = { IdToken: "idToken", SciToken: "sciToken", X509Proxy: "proxy" } as const

// An empty text would throw.
const unchecked = { disableChecks: true }

/**
 * A credential from the text that it is: the tokens in it, without what is around them, or a proxy as it stands. A text of no
 * use is for the backend to refuse.
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

// What is wrong with a text, without any of it. A proxy is for the backend to look at.
const fault = (kind: CredentialKind, text: string): string | undefined =>
  text.trim() === ""
    ? "is empty"
    : kind !== "X509Proxy" && TokenText.tokens(text).length === 0
    ? "holds no token"
    : undefined

/**
 * What a source of a credential says: its text, and where it is from, if there is a name for that.
 */
export interface Said {
  readonly text: Redacted.Redacted<string>
  readonly from?: string | undefined
}

/**
 * The credentials of the required kinds for which there is a source. A source that cannot be read, or holds no credential,
 * fails them all.
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
 * The text of a file, and what changes when the file does.
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
