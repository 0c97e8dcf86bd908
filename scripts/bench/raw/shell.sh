#!/bin/bash
# The raw tools, driven by a shell that is kept open. Each line is a command with its words, separated by tabs; the answer
# is one line: how many microseconds the command took, and what it sets `answer` to. The environment says where to ask
# (POOL, SCHEDD), for what (ATTRIBUTES), how our jobs are marked (FORMAT), and has a directory of its own (WORK) and what is to be
# kept secret (SECRET).
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
umask 077
cd "$WORK"
at=(-pool "$POOL" -name "$SCHEDD")
wanted=(-json -attributes "$ATTRIBUTES")
for script in submit status fetch cancel today; do . "$here/$script.sh"; done

while IFS=$'\t' read -r -a words; do
  answer=
  began=${EPOCHREALTIME/./}
  "${words[@]}"
  printf '%s\t%s\n' $((${EPOCHREALTIME/./} - began)) "$answer"
done
