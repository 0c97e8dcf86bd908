# shellcheck shell=bash disable=SC2154 # of `env_`
printf 'export %s=%q\n' HTCONDOR_CE_PROXY_FILE "$credentials/pilot.proxy"
