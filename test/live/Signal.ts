/** Signals to the daemons of a CE. */

/** A command for `scripts/stack inside` that sends a signal to a daemon of the CE alone. Names of the host stand in the pool's environments, too. */
export const toDaemon = (daemon: string, signal: string): string =>
  `for p in $(pgrep -x ${daemon.slice(0, 15)}); do tr '\\0' '\\n' < /proc/$p/environ | ` +
  `grep -q '^CONDOR_CONFIG=/etc/condor-ce/' && kill -${signal} $p; done; true`

export const toSchedd = (signal: string): string => toDaemon("condor_schedd", signal)
