# shellcheck shell=bash
# Root directories, one per recipe, and the wrappers that run their tools on the host. Sourced by ../stack.

suite_of() { case $1 in lts) echo trixie ;; latest) echo forky ;; esac; }

# The cache key is the recipe: what is built, how, for which machine.
root_of() {
  local key
  key=$( (suite_of "$1"; uname -m; cat "$support/build-root") | sha256sum)
  echo "$cache/$1-${key:0:12}"
}

# ensure_root VERSION: build the root unless it is there. Atomic: built aside, then renamed.
ensure_root() {
  local version=$1 root build log lock missing=()
  root=$(root_of "$version")
  if [[ -e $root/condor_version ]]; then return; fi
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  command -v gpgv >/dev/null || missing+=(gpgv)
  [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || missing+=(debian-archive-keyring)
  if ((${#missing[@]})); then
    fail "building the $version root directory needs: apt-get update && apt-get install -y ${missing[*]}"
  fi
  mkdir -p "$cache"
  exec {lock}>"$cache/.$version.lock"
  flock -n "$lock" || { note "$version: waiting for another build"; flock "$lock"; }
  if [[ ! -e $root/condor_version ]]; then
    note "$version: building $root (once, about a minute)"
    rm -rf --one-file-system "$cache/.building-$version"-* # of a killed build
    build=$cache/.building-$version-$$ log=$cache/.building-$version-$$/build.log
    mkdir -p "$build/root"
    # shellcheck disable=SC2064 # now, not later
    trap "rm -rf --one-file-system '$build'" EXIT
    if ! setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child=KILL --propagation private \
      --mount-proc "$support/build-root" "$(suite_of "$version")" "$build/root" >"$log" 2>&1 </dev/null; then
      tail -n 40 "$log" >&2
      fail "$version: the root directory could not be built"
    fi
    chmod 755 "$build/root"
    mv -T "$build/root" "$root"
    rm -rf "$build"
    trap - EXIT
    # A shared cache may be in use by other checkouts; our own holds one root per version.
    if [[ $cache == "$state/roots" ]]; then
      for old in "$cache/$version"-*; do [[ $old == "$root" ]] || rm -rf --one-file-system "$old"; done
    fi
  fi
  exec {lock}>&-
}

# write_wrappers VERSION CONFIG: .stack/bin/VERSION/<tool>, replaced as a whole only when their text changed.
write_wrappers() {
  local version=$1 config=$2 root loader tool bin=$state/bin/$1
  root=$(root_of "$version")
  loader=$(echo "$root"/usr/lib/*-linux-gnu*/ld-linux-*.so.*)
  local text
  text=$(hook "$config" tool.sh cat | sed -e "s|@ROOT@|$(sed_value "$root")|" -e "s|@LOADER@|$(sed_value "$loader")|" \
    -e '/@CONFIG@/{r /dev/stdin' -e 'd}' "$support/tool.sh.in")
  if [[ -e $bin/.tool && $(<"$bin/.tool") == "$text" ]]; then return; fi
  mkdir -p "$bin"
  find "$bin" -mindepth 1 -delete # not the directory: it is what `locked` locks
  for tool in "$root"/usr/bin/{condor_,classad}*; do
    # Scripts have an interpreter of their own and do not pass through the loader.
    if [[ ! -L $tool && $(head -c 4 "$tool" | tr -d '\0') == $'\x7fELF' ]]; then ln -s .tool "$bin/${tool##*/}"; fi
  done
  for tool in "$root"/usr/bin/condor_*; do # condor_release and others are links to condor_hold
    if [[ -L $tool && -L $bin/$(readlink "$tool") ]]; then ln -s .tool "$bin/${tool##*/}"; fi
  done
  # For the stack's own use: they are not to come before the host's.
  mkdir "$bin/.root"
  for tool in openssl voms-proxy-fake; do ln -s ../.tool "$bin/.root/$tool"; done
  ln -s .tool "$bin/classad_eval"
  ln -s .tool "$bin/condor_python3"
  printf '%s\n' "$text" >"$bin/.tool"
  chmod 755 "$bin/.tool"
}

# A path as a shell word, safe inside sed's s|||.
sed_value() { printf '%q' "$1" | sed 's/[\\|&]/\\&/g'; }
