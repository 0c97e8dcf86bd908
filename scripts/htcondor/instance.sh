# shellcheck shell=bash
# One running stack per version: start, find, enter, end. Sourced by ../stack.
# The suites call the script thousands of times: where the shell itself can read a file, no program does.
# .stack/run/VERSION/process holds "PID START-TIME BOOT-ID" of the process on which all others depend.

# started_at PID: with the boot id, what tells a process from a later one of the same number.
started_at() {
  local stat='' boot
  # All of it, to its end, which is what `read` calls a failure.
  { read -rd '' stat <"/proc/$1/stat" || :; } 2>/dev/null
  [[ -n $stat ]] || return 1
  read -r boot </proc/sys/kernel/random/boot_id
  # shellcheck disable=SC2086 # fields after the name, which may hold blanks
  set -- ${stat##*) }
  [[ $1 != [ZX] ]] && echo "${20} $boot"
}

# running VERSION: sets pid if our instance is alive.
running() {
  local start
  pid=
  { read -r pid start <"$state/run/$1/process"; } 2>/dev/null || return 1
  [[ -n $pid && $(started_at "$pid") == "$start" ]]
}

# init_of PID: process 1 of the namespace.
init_of() { local child _; read -r child _ <"/proc/$1/task/$1/children" || [[ -n $child ]] && echo "$child"; }

fact() { local line && read -r line <"$state/run/$1/$2" && echo "$line"; } # ip, config, condor: as they were at `up`

# end VERSION: kill what is ours and leave no file of the run. Only a process that is provably ours is killed.
end() {
  local version=$1 pid init
  if running "$version"; then
    init=$(init_of "$pid") || init=$pid
    kill -KILL "$pid"
    # The first process of the namespace is the last to go: the kernel waits for all others.
    while started_at "$pid" >/dev/null || started_at "$init" >/dev/null; do sleep 0.01; done
  fi
  rm -rf --one-file-system "$state/run/$version" "$state/credentials/$version"
  rmdir --ignore-fail-on-non-empty "$state/run" "$state/credentials" 2>/dev/null || :
}

# quietly COMMAND...: its output matters only if it fails.
quietly() {
  local said
  said=$("$@" 2>&1) || fail "$1: $said"
}

# host_of IP: a name in which HTCondor's tools find the address, so that no name server is needed.
host_of() { echo "${1//./-}.ce.test"; }

# layers_of CONFIG: the directories that make up a configuration; each adds to those before it.
layers_of() {
  local under=basic
  if [[ $1 != basic ]]; then
    [[ ! -e $support/config/$1/under ]] || under=$(<"$support/config/$1/under")
    layers_of "$under"
  fi
  echo "$support/config/$1"
}

# hook CONFIG FILE [COMMAND]: sources that file of each of the configuration's directories, or gives it to the command.
hook() {
  local directory directories status=0
  mapfile -t directories < <(layers_of "$1")
  for directory in "${directories[@]}"; do
    [[ -e $directory/$2 ]] || continue
    "${3:-.}" "$directory/$2"
    status=$((status | $?)) # where errexit is off
  done
  return $status
}

# ip_in_use IP: somebody listens on the ports of the CE, the pool or a submit host (9619, 9618, 9620).
ip_in_use() {
  local -a n
  IFS=. read -ra n <<<"$1"
  grep -qE ": ($(printf '%02X' "${n[3]}" "${n[2]}" "${n[1]}" "${n[0]}")|00000000):(2592|2593|2594) 00000000:0000 0A" /proc/net/tcp
}

# launch VERSION CONFIG IP: start it, detached from the caller in every respect.
launch() {
  local version=$1 config=$2 ip=$3 run=$state/run/$1 credentials=$state/credentials/$1 ce_version layers
  mapfile -t layers < <(layers_of "$config")
  case $version in lts) ce_version=23.10.18 ;; latest) ce_version=25.0.1 ;; esac
  mkdir -p "$run/root"
  echo "$ip" >"$run/ip"
  echo "$config" >"$run/config"
  condor_of "$(root_of "$version")" >"$run/condor"

  (
    umask 077
    mkdir -p "$credentials"
    head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$credentials/signing.key"
    for user in pilot other; do mint "$version" --identity "$user" >"$credentials/$user.token"; done
    # HTCondor wants a directory per token, and reads every file in it.
    mkdir "$credentials/tokens.d"
    ln -s ../pilot.token "$credentials/tokens.d/pilot"
    # prepare.sh: the credentials that only this configuration has. It sees version, ip, run and credentials.
    hook "$config" prepare.sh
  )

  # setsid: no terminal, no process group of the caller. env -i: nothing of the caller's environment reaches jobs.
  # The descriptors are closed so that a pipe of the caller ends with the caller, and the lock is not inherited.
  # shellcheck disable=SC2016 # for the inner shell
  setsid env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$BASH" -c '
    cd /
    for fd in /proc/self/fd/*; do ((${fd##*/} > 2)) && eval "exec ${fd##*/}>&-"; done
    read -r stat </proc/self/stat; stat=(${stat##*) })
    echo "$$ ${stat[19]} $(</proc/sys/kernel/random/boot_id)" >"$1.new" && mv "$1.new" "$1"
    shift
    exec unshare --mount --pid --uts --fork --kill-child=KILL --propagation private "$@"
  ' launch "$run/process" "$support/init.sh" "$(root_of "$version")" "$run/root" "$credentials" "$ip" \
    "$(host_of "$ip")" "htcondor-ce-$version" "$ce_version" "${layers[@]}" </dev/null >"$run/console.log" 2>&1 &
  for _ in {1..500}; do
    [[ -e $run/process ]] && return
    sleep 0.01
  done
  fail "$version: could not be started: $(cat "$run/console.log")"
}

# ready VERSION: a client may write to the CE, and CE and pool are complete, so that the first job is as fast as any.
# Nothing is submitted: queue and history stay empty.
ready() {
  local version=$1 ads owner as_owner=()
  # HTCondor refuses a token that is not the caller's own; `up` may have given it to the user of sudo.
  owner=$(stat -c %u "$state/credentials/$version/pilot.token")
  ((owner == EUID)) || as_owner=(setpriv --reuid "$owner" --clear-groups)
  client "$version" "${as_owner[@]}" timeout 10 condor_ping -type schedd WRITE 2>&1 | grep -q 'WRITE command using .* succeeded' || return 1
  ads=$(inside "$version" ce condor_status -any -af MyType) && [[ $ads == *[Jj]ob_[Rr]outer* ]] || return 1
  ads=$(inside "$version" pool condor_status -any -af MyType State Name) || return 1
  [[ $ads == *Negotiator* && $ads == *"Scheduler undefined pool@local"* && $ads == *"Machine Unclaimed"* ]] || return 1
  # ready.sh: what only this configuration waits for.
  hook "$(fact "$version" config)" ready.sh
}

# wait_ready VERSION: at most a minute.
wait_ready() {
  local version=$1 pid deadline=$((SECONDS + 60))
  while ((SECONDS < deadline)) && running "$version"; do
    ready "$version" 2>/dev/null && return 0
    sleep 0.1
  done
  return 1
}

# client VERSION CMD...: on the host, as the default user of the CE.
client() { (
  bin=$state/bin/$1
  export PATH=$bin:$PATH CONDOR_CONFIG=/dev/null _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS=IDTOKENS
  export _CONDOR_COLLECTOR_HOST _CONDOR_SCHEDD_HOST=ce@local _CONDOR_SEC_TOKEN_DIRECTORY=$state/credentials/$1/tokens.d
  _CONDOR_COLLECTOR_HOST=$(fact "$1" ip):9619
  shift
  exec "$@"
); }

# inside VERSION ce|pool|submit CMD...: in the instance, as its root.
inside() {
  local version=$1 config=/etc/condor-$2/condor_config pid
  [[ $2 == pool ]] && config=/etc/condor/condor_config
  shift 2
  running "$version" || fail "$version is not running"
  nsenter --target "$(init_of "$pid")" --mount --pid --uts \
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 ${TERM:+TERM="$TERM"} CONDOR_CONFIG="$config" "$@"
}

# mint VERSION OPTIONS...: a token on stdout.
mint() {
  local version=$1 ip
  ip=$(fact "$1" ip)
  shift
  # The system's Python, without the packages of the site: others take ten times as long to start.
  PATH=/usr/bin:$PATH OPENSSL_CONF=/dev/null python3 -I -S "$support/token.py" --credentials "$state/credentials/$version" \
    --openssl "$state/bin/$version/.root/openssl" --ip "$ip" --host "$(host_of "$ip")" "$@"
}
