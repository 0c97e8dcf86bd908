# shellcheck shell=bash
# Sourced by `scripts/stack env`: the route of the submit host.
printf 'export %s=%q\n' \
  HTCONDOR_CE_LOCAL_POOL "$(fact "$version" ip):9620" \
  HTCONDOR_CE_LOCAL_SCHEDD sub@local
