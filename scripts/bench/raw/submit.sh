# shellcheck shell=bash
# submit KEY COPIES QUEUE: one condor_submit for all copies, each with its own environment and its own secret file.
submit() {
  write "$@"
  send "$1"
}

write() {
  local key=$1 copies=$2 queue=$3 copy
  mkdir -m 700 "$key"
  cp "$PAYLOAD" "$key/pilot.sh"
  (cd "$key" && eval "mkdir -p -m 700 copies/{0..$((copies - 1))}")
  {
    cat <<END
universe = vanilla
should_transfer_files = YES
when_to_transfer_output = ON_EXIT
executable = pilot.sh
transfer_input_files = token
transfer_output_files = ""
output = stdout
error = stderr
log = job.log
initialdir = $WORK/$key/copies/\$(v_copy)
request_cpus = 1
request_memory = 1
leave_in_queue = JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < 864000)
My.maxMemory = 1
My.remote_queue = "$queue"
My.EffectCEFormat = $FORMAT
My.EffectCEKey = "$key"
My.EffectCECopies = $copies
My.EffectCECopy = \$(v_copy)
My.Environment = \$(v_environment)
queue v_copy,v_environment from (
END
    for ((copy = 0; copy < copies; copy++)); do
      printf '%s-%d' "$SECRET" "$copy" >"$key/copies/$copy/token"
      printf '%d "SITE=bench COPY=%d"\n' "$copy" "$copy"
    done
    echo ')'
  } >"$key/submission.sub"
}

send() { (cd "$1" && condor_submit -terse -pool "$POOL" -remote "$SCHEDD" submission.sub >../submitted); answer=$(<submitted); }

# fill KEY COPIES: jobs that only stand in the queue, as fast as can be.
fill() {
  condor_submit -terse -pool "$POOL" -remote "$SCHEDD" - >submitted <<END
universe = vanilla
executable = /bin/true
transfer_executable = False
transfer_output_files = ""
output = stdout
error = stderr
log = job.log
request_memory = 1
leave_in_queue = JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < 864000)
My.remote_queue = "closed"
My.EffectCEFormat = $FORMAT
My.EffectCEKey = "$1"
My.EffectCECopies = $2
My.EffectCECopy = \$(Process)
queue $2
END
  answer=$(<submitted)
}
