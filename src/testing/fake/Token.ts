/**
 * IDTOKENs, as HTCondor's tools find them and a schedd reads them. Signatures are not verified.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Schema from "effect/Schema"
import type { Version } from "./Job.ts"

/**
 * The address, name and version of the schedd. `now` is in milliseconds. `anyToken`: whether a token that is not an IDTOKEN
 * means the user `pilot` (default true).
 */
export interface Site {
  readonly endpoint: string
  readonly schedd: string
  readonly version: Version
  readonly now: number
  readonly anyToken?: boolean | undefined
}

/** The user of a call, with the domain, and whether the token allows write access. */
export interface Visitor {
  readonly user: string
  readonly mayWrite: boolean
}

const domain = "users.htcondor.org"

const Claims = Schema.fromJsonString(
  Schema.Struct({
    sub: Schema.String,
    exp: Schema.optionalKey(Schema.Finite),
    scope: Schema.optionalKey(Schema.String)
  })
)

const decodePart = Schema.decodeUnknownOption(Schema.StringFromBase64Url.pipe(Schema.decodeTo(Claims)))

/** The files of a token directory that HTCondor reads: those that only their owner can access, without hidden files and backups. */
const contents = Effect.fnUntraced(function*(directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = yield* fileSystem.readDirectory(directory)
  return yield* Effect.forEach(
    names.filter((name) => !name.startsWith(".") && !name.endsWith("~")).toSorted(),
    Effect.fnUntraced(function*(name) {
      const file = path.join(directory, name)
      const { mode, type } = yield* fileSystem.stat(file)
      return type === "File" && (mode & 0o077) === 0 ? [yield* fileSystem.readFileString(file)] : []
    })
  )
}, Effect.orElseSucceed((): Array<Array<string>> => []))

/** The user of a token; undefined if the schedd refuses it. */
const read = (token: string, site: Site): Visitor | undefined => {
  const parts = token.split(".")
  const claims = parts.length === 3 ? decodePart(parts[1]) : Option.none()
  if (Option.isNone(claims)) return undefined
  const { exp, scope, sub } = claims.value
  if (exp !== undefined && exp * 1000 <= site.now) return undefined
  const user = sub.includes("@") ? sub : `${sub}@${domain}`
  const scopes = scope?.split(/\s+/)
  return { user, mayWrite: user.endsWith(`@${domain}`) && (scopes?.includes("condor:/WRITE") ?? true) }
}

/** The user of the tokens in a directory; undefined if the schedd refuses them. */
export const visitor = Effect.fnUntraced(function*(directory: string, site: Site) {
  const lines = (yield* contents(directory)).flat().flatMap((content) => content.split(/[\r\n]+/))
  const tokens = lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"))
  const token = tokens.find((line) => line.split(".").length === 3) ?? tokens[0]
  if (token === undefined) return undefined
  if (token.split(".").length !== 3 && site.anyToken !== false) return { user: `pilot@${domain}`, mayWrite: true }
  return read(token, site)
})
