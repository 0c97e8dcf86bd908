# shellcheck shell=sh
# Elsewhere a name server knows the host of a CE. Here its address is read from its name.
: "${_CONDOR_NO_DNS=true}" "${_CONDOR_DEFAULT_DOMAIN_NAME=ce.test}"
export _CONDOR_NO_DNS _CONDOR_DEFAULT_DOMAIN_NAME
