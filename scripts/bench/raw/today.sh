# shellcheck shell=bash
# What clients of workload management systems do today.

# status_by_100 CLUSTER JOBS: both tools for each hundred ids.
status_by_100() {
  local ids from
  mapfile -t ids < <(seq -f "$1.%.0f" 0 $(($2 - 1)))
  for ((from = 0; from < $2; from += 100)); do
    condor_q "${at[@]}" "${ids[@]:from:100}" "${wanted[@]}"
    condor_history "${at[@]}" "${ids[@]:from:100}" "${wanted[@]}"
  done >answer.json
}

# fetch_each CLUSTER JOBS, cancel_each CLUSTER JOBS: one run of the tool for each job.
fetch_each() {
  local proc
  for ((proc = 0; proc < $2; proc++)); do condor_transfer_data "${at[@]}" "$1.$proc"; done >/dev/null
}
cancel_each() {
  local proc
  for ((proc = 0; proc < $2; proc++)); do condor_rm "${at[@]}" "$1.$proc"; done >/dev/null
}
