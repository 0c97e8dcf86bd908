# shellcheck shell=bash
# Sourced by ready: the submit host takes jobs, by the same token.
client "$version" "${as_owner[@]}" timeout 10 \
  condor_ping -pool "$(fact "$version" ip):9620" -name sub@local -type schedd WRITE 2>&1 |
  grep -q 'WRITE command using .* succeeded'
