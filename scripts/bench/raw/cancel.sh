# shellcheck shell=bash
# cancel CLUSTER: all of its jobs, by one condor_rm.
cancel() { condor_rm "${at[@]}" -constraint "ClusterId == $1" >/dev/null; }

# cancel_told CLUSTER: the same, with what became of each job, and no job that has completed meanwhile.
cancel_told() {
  condor_rm "${at[@]}" -long -constraint "ClusterId == $1 && JobStatus =!= 4 && JobStatus =!= 3" >/dev/null
}

# cleared CONSTRAINT: in parts, because a schedd that removes many spooled jobs for a client that has gone after 20 seconds takes all
# of it back.
cleared() {
  condor_q "${at[@]}" -constraint "$1" -af ClusterId ProcId | tr ' ' . |
    xargs --no-run-if-empty --max-args=500 condor_rm "${at[@]}" >/dev/null 2>&1 || :
}
