/**
 * Makes the environment of the tools from credentials: a private directory and `_CONDOR_*` variables.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { LocalFailure } from "../../contract/BackendError.ts"
import * as Errno from "../../files/Errno.ts"
import type { Temporary } from "../../files/PrivateDirectories.ts"
import * as PrivateFile from "../../files/PrivateFile.ts"
import type { Options, Shown } from "../Schedd.ts"
import * as ConfigValue from "./ConfigValue.ts"
import * as TrustAnchors from "./TrustAnchors.ts"

const failed = (path: string, error: PlatformError.PlatformError): LocalFailure =>
  new LocalFailure({ path, detail: Errno.describeAt(path, error) })

/**
 * The settings of the CE.
 */
export type Settings = Pick<Options, "certificateAuthorities" | "temporaryDirectory" | "timeout" | "token">

/**
 * The identity of the tools.
 *
 * - a token: the identity of the token
 * - `Nobody`: no credential, for queries that a CE answers to everybody
 * - `Handshake`: the same, over a connection whose host certificate is verified
 */
export type Guise = Pick<Shown, "token"> | "Nobody" | "Handshake"

/**
 * Makes the environment of the tools, until the scope ends. The directory with the token is removed then.
 *
 * **Details**
 *
 * HTCondor has no variable for one IDTOKEN file, only for a directory. So each environment has its own directory. HTCondor ignores
 * a token file that other users can read. `REQUIRED` prevents a fall-back to anonymous reads with an expired token, and an
 * unencrypted transfer of secrets to a CE that would allow it. (Manual: "Security", `SEC_TOKEN_DIRECTORY`, `SCITOKENS_FILE`,
 * `SEC_CLIENT_ENCRYPTION`.)
 *
 * The environment has its own configuration file, and not `/dev/null`. Only a file can turn off the user's own
 * `~/.condor/user_config`. The tools trust a host certificate only for its CA, and not because a user accepted it earlier
 * (`known_hosts`).
 *
 * It searches for the CA certificates each time: see {@link TrustAnchors.make}.
 *
 * The tools store data about token issuers in `LOG`. Without a configuration that is `/log`, if root runs them. They write no
 * statistics of file transfers there, because that costs as much as writing a small file.
 *
 * A proxy certificate is copied to the CE unchanged. Delegation fails at a CE of 23.9 (HTCONDOR-2904), and shortens its lifetime
 * to a day.
 */
export const make = Effect.fnUntraced(function*(settings: Settings, temporary: Temporary) {
  const fileSystem = yield* FileSystem.FileSystem
  const path = yield* Path.Path

  const anchors = yield* TrustAnchors.make(settings)

  return Effect.fnUntraced(function*(
    guise: Guise
  ): Effect.fn.Return<Record<string, string>, LocalFailure, Scope.Scope> {
    const directory = yield* temporary.scoped("token").pipe(
      Effect.mapError((error) => failed(settings.temporaryDirectory ?? "temporary directory", error))
    )
    const fault = ConfigValue.pathFault(directory)
    if (fault !== undefined) return yield* new LocalFailure({ path: directory, detail: fault })
    const write = (name: string, text: string) =>
      PrivateFile.write(fileSystem, path.join(directory, name), new TextEncoder().encode(text)).pipe(
        Effect.mapError((error) => failed(directory, error)),
        Effect.as(path.join(directory, name))
      )
    const tokens = path.join(directory, tokenDirectory)
    yield* Effect.mapError(
      fileSystem.makeDirectory(tokens, { mode: 0o700 }),
      (error) => failed(directory, error)
    )
    if (typeof guise !== "string") yield* write(tokenFile, `${Redacted.value(guise.token)}\n`)
    const verifies = guise === "Handshake" || (guise !== "Nobody" && settings.token === "SciToken")
    const authorities = verifies ? yield* anchors : {}
    const method: Record<string, string> = guise === "Nobody"
      ? {}
      : guise === "Handshake"
      ? { _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "SSL", ...authorities }
      : settings.token === "IdToken"
      ? {
        _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "IDTOKENS",
        _CONDOR_SEC_TOKEN_DIRECTORY: tokens,
        _CONDOR_SEC_TOKEN_SYSTEM_DIRECTORY: tokens
      }
      : {
        _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS: "SCITOKENS",
        _CONDOR_SCITOKENS_FILE: path.join(directory, tokenFile),
        ...authorities
      }
    const protection = guise === "Nobody" ? "OPTIONAL" : "REQUIRED"
    return {
      CONDOR_CONFIG: yield* write(configurationFile, configuration),
      _CONDOR_SEC_CLIENT_AUTHENTICATION: guise === "Nobody" ? "NEVER" : "REQUIRED",
      _CONDOR_SEC_CLIENT_ENCRYPTION: protection,
      _CONDOR_SEC_CLIENT_INTEGRITY: protection,
      ...method,
      _CONDOR_SEC_KNOWN_HOSTS: path.join(directory, "known_hosts"),
      _CONDOR_SEC_SYSTEM_KNOWN_HOSTS: path.join(directory, "known_hosts"),
      _CONDOR_BOOTSTRAP_SSL_SERVER_TRUST: "false",
      _CONDOR_BOOTSTRAP_SSL_SERVER_TRUST_PROMPT_USER: "false",
      _CONDOR_DELEGATE_JOB_GSI_CREDENTIALS: "false",
      _CONDOR_LOG: directory,
      _CONDOR_QUERY_TIMEOUT: String(Math.max(1, Math.ceil(Duration.toSeconds(settings.timeout))))
    }
  })
})

// Below the directory of an environment.
const tokenDirectory = "tokens.d"

const tokenFile = `${tokenDirectory}/token`

const configurationFile = "condor_config"

/**
 * Returns the private directory of an environment.
 */
export const directory = (path: Path.Path, { CONDOR_CONFIG = "" }: Readonly<Record<string, string>>): string =>
  path.dirname(CONDOR_CONFIG)

/**
 * Returns the files that a tool needs to start, and to send its token.
 */
export const files = (path: Path.Path, environment: Record<string, string>): ReadonlyArray<string> =>
  [configurationFile, tokenFile].map((name) => path.join(directory(path, environment), name))

const configuration = "USER_CONFIG_FILE =\nFILE_TRANSFER_STATS_LOG =\n"
