/**
 * Describes failures of the local file system by errno and path.
 */
import type * as PlatformError from "effect/PlatformError"
import * as Predicate from "effect/Predicate"

/**
 * The name of the system's error, for example `"ENOSPC"`. Undefined if it is not known.
 */
export const code = ({ reason }: PlatformError.PlatformError): string | undefined =>
  Predicate.hasProperty(reason.cause, "code") && Predicate.isString(reason.cause.code) ? reason.cause.code : undefined

/**
 * The failure with its errno and its path: `"EACCES: permission denied, open '/data/out'"`. Effect's own message lacks the errno,
 * and Node's message lacks the path if the file was open.
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
 * The same for messages that already contain the path: omits it if it is the same, as in `"EACCES: permission denied"`.
 */
export const describeAt = (path: string, error: PlatformError.PlatformError): string => {
  const text = describe(error)
  const named = /^(.*?)(?:, \w+)? '(.*)'$/s.exec(text)
  return named?.[1] !== undefined && named[2] === path ? named[1] : text
}
