/**
 * Describes failures of the local file system by errno and path, and types those of starts of processes.
 */
import * as Effect from "effect/Effect"
import * as PlatformError from "effect/PlatformError"
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

const isErrno = (defect: unknown): defect is Error & { readonly code: string; readonly syscall: string } =>
  defect instanceof Error && Predicate.hasProperty(defect, "code") && Predicate.isString(defect.code) &&
  Predicate.hasProperty(defect, "syscall") && Predicate.isString(defect.syscall)

/**
 * Starts a process. Every error of the operating system is a `PlatformError`.
 *
 * **Details**
 *
 * Node emits EACCES, EAGAIN, EMFILE, ENFILE and ENOENT. It throws all others, for example ENOMEM, and Effect's spawner makes a
 * defect of them.
 */
export const starting = <A, E, R>(
  start: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PlatformError.PlatformError, R> =>
  Effect.catchDefect(start, (defect) =>
    isErrno(defect)
      ? Effect.fail(PlatformError.systemError({
        _tag: "Unknown",
        module: "ChildProcess",
        method: "spawn",
        syscall: defect.syscall,
        cause: defect
      }))
      : Effect.die(defect))
