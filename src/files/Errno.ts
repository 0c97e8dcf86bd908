/**
 * Failures of the local file system in the words of the system: what failed (errno), and where.
 */
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"

/**
 * The name of the system's error, for example `"ENOSPC"`, where it is known.
 */
export const code = ({ reason }: PlatformError.PlatformError): string | undefined =>
  Predicate.hasProperty(reason.cause, "code") && Predicate.isString(reason.cause.code) ? reason.cause.code : undefined

/**
 * The failure with its errno and its path: `"EACCES: permission denied, open '/data/out'"`. Effect's own message has a path
 * and no errno, that of Node no path where the file was open.
 */
export const describe = (error: PlatformError.PlatformError): string => {
  const { reason } = error
  const { cause } = reason
  if (code(error) === undefined || !Predicate.hasProperty(cause, "message") || !Predicate.isString(cause.message)) {
    return reason.message
  }
  const path = "pathOrDescriptor" in reason && Predicate.isString(reason.pathOrDescriptor)
    ? reason.pathOrDescriptor
    : ""
  return cause.message.includes(path) ? cause.message : `${cause.message} '${path}'`
}

/**
 * The same for those who say the path themselves: without it where it is the same, as in `"EACCES: permission denied"`.
 */
export const describeAt = (path: string, error: PlatformError.PlatformError): string => {
  const text = describe(error)
  const named = /^(.*?)(?:, \w+)? '(.*)'$/s.exec(text)
  return named?.[1] !== undefined && named[2] === path ? named[1] : text
}
