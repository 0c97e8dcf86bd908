# shellcheck shell=bash disable=SC2034,SC2154 # of `env_`
endpoint=$(host_of "$(fact "$version" ip)"):9619 token=$credentials/pilot.scitoken
printf 'export %s=%q\n' \
  HTCONDOR_CE_TOKEN_KIND SciToken \
  HTCONDOR_CE_CA_FILE "$credentials/ca.crt"
