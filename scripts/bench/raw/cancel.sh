# shellcheck shell=bash
# cancel CLUSTER: all of its jobs, by one condor_rm.
cancel() { condor_rm "${at[@]}" -constraint "ClusterId == $1" >/dev/null; }

# cancel_told CLUSTER: the same, with what became of each job, and no job that has completed meanwhile.
cancel_told() {
  condor_rm "${at[@]}" -long -constraint "ClusterId == $1 && JobStatus =!= 4 && JobStatus =!= 3" >/dev/null
}

# cleared CONSTRAINT: what somebody has left, if there is any.
cleared() { condor_rm "${at[@]}" -constraint "$1" >/dev/null 2>&1 || :; }
