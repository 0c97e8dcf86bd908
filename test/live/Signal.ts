/** Signals to the daemons of a CE. */

/**
 * A command for `scripts/stack inside` that sends a signal to one daemon of the CE, and not to a daemon of the pool.
 * The pool's processes have the names of the CE's host in their environments, too.
 */
export const toDaemon = (daemon: string, signal: string): string =>
  `for p in $(pgrep -x ${daemon.slice(0, 15)}); do tr '\\0' '\\n' < /proc/$p/environ | ` +
  `grep -q '^CONDOR_CONFIG=/etc/condor-ce/' && kill -${signal} $p; done; true`

export const toSchedd = (signal: string): string => toDaemon("condor_schedd", signal)
