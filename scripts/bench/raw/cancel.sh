# shellcheck shell=bash
# cancel CLUSTER: all of its jobs, by one condor_rm.
cancel() { condor_rm "${at[@]}" -constraint "ClusterId == $1" >/dev/null; }

# emptied: all that somebody has left.
emptied() { condor_rm "${at[@]}" -constraint true >/dev/null 2>&1 || :; }
