# shellcheck shell=bash disable=SC2034,SC2154 # of `env_`
# The submit host is another one than the CE, and takes another token.
token=$credentials/pilot.token
printf 'export %s=%q\n' \
  HTCONDOR_CE_TOKEN_KIND IdToken \
  HTCONDOR_CE_LOCAL_POOL "$(fact "$version" ip):9620" \
  HTCONDOR_CE_LOCAL_SCHEDD sub@local
