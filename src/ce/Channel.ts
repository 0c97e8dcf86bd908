/**
 * How the tools are told who asks: credentials become a private directory and `_CONDOR_*` variables.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { CredentialUnavailable, LocalFailure } from "../contract/BackendError.ts"
import { CredentialProvider } from "../contract/Credential.ts"
import type { Settings } from "./Config.ts"
import type { Endpoint } from "./Endpoint.ts"
import type { Temporary } from "./Temporary.ts"

/**
 * The environment of the tools for as long as the scope lives. The directory of the token goes with the scope.
 *
 * **Details**
 *
 * HTCondor has no variable for one token file, only for a directory of them, which is why each channel has its own. The
 * file must be readable by its owner alone, or HTCondor ignores it. `REQUIRED` pins the one method, so that no tool falls
 * back to anonymous reading with a dead token, and keeps a copy's secrets from travelling in clear to a CE that would not
 * mind. (Manual: "Security", `SEC_TOKEN_DIRECTORY`, `SEC_CLIENT_ENCRYPTION`.)
 *
 * @category constructors
 * @since 0.1.0
 */
export const make = Effect.fnUntraced(function*(endpoint: Endpoint, settings: Settings, temporary: Temporary) {
  const provider = yield* CredentialProvider
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const resource = endpoint.address

  return Effect.gen(function*(): Effect.fn.Return<
    Record<string, string>,
    CredentialUnavailable | LocalFailure,
    Scope.Scope
  > {
    const credentials = yield* provider.credentials({ resource, kinds: ["IdToken"] })
    const credential = credentials.find((one) => one._tag === "IdToken")
    if (credential === undefined) {
      return yield* new CredentialUnavailable({ resource, detail: "the provider gave no IdToken" })
    }
    const token = Redacted.value(credential.token)
    // A token is base64url in three parts; anything else, a newline above all, could add a token of its own to the file.
    if (!/^[A-Za-z0-9_=.-]+$/.test(token)) {
      return yield* new CredentialUnavailable({ resource, detail: "what the provider gave is not a token" })
    }
    const directory = yield* temporary.scoped("token").pipe(
      Effect.mapError((error) => localFailure(settings.temporaryDirectory ?? "temporary directory", error))
    )
    yield* fileSystem.writeFileString(path.join(directory, "token"), `${token}\n`, { mode: 0o600, flag: "wx" }).pipe(
      Effect.mapError((error) => localFailure(directory, error))
    )
    return {
      CONDOR_CONFIG: "/dev/null",
      _CONDOR_SEC_CLIENT_AUTHENTICATION: "REQUIRED",
      _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "IDTOKENS",
      _CONDOR_SEC_CLIENT_ENCRYPTION: "REQUIRED",
      _CONDOR_SEC_CLIENT_INTEGRITY: "REQUIRED",
      _CONDOR_SEC_TOKEN_DIRECTORY: directory,
      _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: directory,
      _CONDOR_QUERY_TIMEOUT: String(Math.max(1, Math.ceil(Duration.toSeconds(settings.timeout))))
    }
  })
})

/**
 * A failure of this host's file system in the words of the contract.
 *
 * @category converting
 * @since 0.1.0
 */
export const localFailure = (
  path: string,
  error: { readonly reason: { readonly _tag: string; readonly message: string } }
): LocalFailure => new LocalFailure({ path, detail: error.reason.message })
