# shellcheck shell=bash
# status CLUSTER: all of its jobs, by one condor_q.
status() { condor_q "${at[@]}" -constraint "ClusterId == $1" "${wanted[@]}" >answer.json; }

# status_streamed CLUSTER: the same, printed as it arrives.
status_streamed() { condor_q "${at[@]}" -stream-results -constraint "ClusterId == $1" "${wanted[@]}" >answer.json; }

# counted: how many ads the last answer had.
counted() { answer=$(grep -c '"ClusterId"' answer.json || :); }

# in_state CLUSTER STATUS: how many of its jobs are in that state.
in_state() {
  answer=$(condor_q "${at[@]}" -constraint "ClusterId == $1 && JobStatus == $2" -af ProcId | wc -l)
}

# all: how many jobs are in the queue.
all() { answer=$(condor_q "${at[@]}" -allusers -af ProcId | wc -l); }

# past: how many jobs the history holds.
past() { answer=$(condor_history "${at[@]}" -af ProcId | wc -l); }
