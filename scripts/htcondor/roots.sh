# shellcheck shell=bash
# Root directories, one per recipe, and the wrappers that run their tools on the host. Sourced by ../stack.

suite_of() { case $1 in lts) echo trixie ;; latest) echo forky ;; esac; }

# What the tests, the recordings and the documentation are about. A Debian suite moves on; this is moved by hand.
series_of() { case $1 in lts) echo 23.9 ;; latest) echo 25.14 ;; esac; }

# The cache key is HTCondor's version, and the recipe: what is built, how, for which machine.
recipe_of() { (suite_of "$1"; uname -m; cat "$support/build-root") | sha256sum | cut -c1-12; }
root_of() { echo "$cache/$1-$(series_of "$1")-$(recipe_of "$1")"; }

condor_of() { sed -n 's/^.CondorVersion: \([^ ]*\).*/\1/p' "$1/condor_version" 2>/dev/null; } # of a root directory

# is_expected VERSION ROOT: that root has the HTCondor that this version stands for.
is_expected() { [[ $(condor_of "$2") == "$(series_of "$1")".* ]]; }

# adopt_root VERSION: a root of the same recipe that was named without HTCondor's version. Another checkout may use that
# name still, so that it is only linked to.
adopt_root() {
  local root former
  root=$(root_of "$1") former=$cache/$1-$(recipe_of "$1")
  if is_expected "$1" "$former"; then
    rm -f "$root"
    ln -s "${former##*/}" "$root"
  fi
}

# moved VERSION ROOT: what to do when Debian has another HTCondor than this version stands for.
moved() {
  fail "$1: Debian $(suite_of "$1") has moved to HTCondor $(condor_of "$2"), and $1 stands for $(series_of "$1").
stack: To have $(series_of "$1"): HTCONDOR_CE_STACK_MIRROR=https://snapshot.debian.org/archive/debian/DATE/ of a day when Debian had it.
stack: To move: series_of in scripts/htcondor/roots.sh, src/testing/fake/VersionStrings.ts, the recordings of test/transcripts."
}

# ensure_root VERSION: build the root unless it is there. Atomic: built aside, then renamed.
ensure_root() {
  local version=$1 root build log lock missing=()
  root=$(root_of "$version")
  if [[ -e $root/condor_version ]]; then return; fi
  mkdir -p "$cache"
  exec {lock}>"$cache/.$version.lock"
  flock -n "$lock" || { note "$version: waiting for another build"; flock "$lock"; }
  [[ -e $root/condor_version ]] || adopt_root "$version"
  if [[ ! -e $root/condor_version ]]; then
    command -v debootstrap >/dev/null || missing+=(debootstrap)
    command -v gpgv >/dev/null || missing+=(gpgv)
    [[ -e /usr/share/keyrings/debian-archive-keyring.gpg ]] || missing+=(debian-archive-keyring)
    if ((${#missing[@]})); then
      fail "building the $version root directory needs: apt-get update && apt-get install -y ${missing[*]}"
    fi
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
    is_expected "$version" "$build/root" || moved "$version" "$build/root"
    chmod 755 "$build/root"
    rm -f "$root" # a link to a root that is gone
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
