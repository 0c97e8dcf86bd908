/**
 * Signals that end processes.
 *
 * @since 0.1.0
 */
import type * as PlatformError from "effect/PlatformError"

const numbers: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31
}

/** Returns the number of the signal that ended a process. The spawner reports it as an error with the signal's name. */
export const fromError = (error: PlatformError.PlatformError): number =>
  numbers[/SIG[A-Z]+[12]?/.exec(String(error.reason.cause))?.[0] ?? ""] ?? 0
