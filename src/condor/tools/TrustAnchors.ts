/**
 * Finds the CA certificates that verify the host certificate of a compute element, as grid software does.
 */
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import { LocalFailure } from "../../contract/BackendError.ts"
import * as Errno from "../../files/Errno.ts"
import type { Options } from "../Schedd.ts"
import * as ConfigValue from "./ConfigValue.ts"

// The directory of grid software for CA certificates. Each is in a file that is named after its hash.
const common = "/etc/grid-security/certificates"

/**
 * Makes the variables that name the CA certificates for the tools.
 *
 * **Details**
 *
 * It uses the first of these that exists: the file and the directory of the configuration, the directory in `X509_CERT_DIR`,
 * and `/etc/grid-security/certificates`. The tools always trust the CA certificates of the system as well
 * (`AUTH_SSL_CLIENT_USE_DEFAULT_CAS`).
 *
 * HTCondor ignores a file or directory that it cannot read, and then blames the CE. So a configured path is checked here each
 * time.
 */
export const make = Effect.fnUntraced(function*({ certificateAuthorities }: Pick<Options, "certificateAuthorities">) {
  const fileSystem = yield* FileSystem.FileSystem
  const environment = yield* ConfigProvider.ConfigProvider

  const { resolve } = yield* Path.Path

  const fail = (path: string, detail: string) => Effect.fail(new LocalFailure({ path, detail }))

  // The tools run in other directories, so they need the absolute path.
  const whole = (named: string, separator: string, by = "") => {
    const path = resolve(named)
    const fault = ConfigValue.pathFault(path, separator)
    return fault === undefined ? Effect.succeed(path) : fail(path, `${fault}${by}`)
  }

  const file = Effect.fnUntraced(function*(named: string) {
    const path = yield* whole(named, ",")
    const text = yield* Effect.catch(
      fileSystem.readFileString(path),
      (error) => fail(path, Errno.describeAt(path, error))
    )
    return /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/.test(text)
      ? { _CONDOR_AUTH_SSL_CLIENT_CAFILE: path }
      : yield* fail(path, "it holds no certificate in PEM form")
  })

  const directory = Effect.fnUntraced(function*(named: string, by = "") {
    const path = yield* whole(named, ":", by)
    const names = yield* Effect.catch(
      fileSystem.readDirectory(path),
      (error) => fail(path, `${Errno.describeAt(path, error)}${by}`)
    )
    return names.some((name) => /^[0-9a-f]{8}\.\d+$/.test(name))
      ? { _CONDOR_AUTH_SSL_CLIENT_CADIR: path }
      : yield* fail(path, `it holds no certificate under the name of its hash (openssl rehash gives these names)${by}`)
  })

  return Effect.gen(function*(): Effect.fn.Return<Record<string, string>, LocalFailure> {
    const own = certificateAuthorities
    if (own.file !== undefined || own.directory !== undefined) {
      return {
        ...(own.file === undefined ? {} : yield* file(own.file)),
        ...(own.directory === undefined ? {} : yield* directory(own.directory))
      }
    }
    const named = yield* Effect.orElseSucceed(Config.String("X509_CERT_DIR").parse(environment), () => "")
    if (named !== "") {
      return yield* directory(named, " (X509_CERT_DIR names it)")
    }
    const isThere = yield* Effect.orElseSucceed(fileSystem.exists(common), () => false)
    return isThere ? { _CONDOR_AUTH_SSL_CLIENT_CADIR: common } : {}
  })
})
