# shellcheck shell=bash disable=SC2154 # version and as_owner are those of `ready`
# A CE of 25.x remembers for a while that an issuer did not answer: show it no token before.
(: <>"/dev/tcp/$(fact "$version" ip)/9643") 2>/dev/null &&
  client "$version" "${as_owner[@]}" env \
    _CONDOR_COLLECTOR_HOST="$(host_of "$(fact "$version" ip)"):9619" \
    _CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS=SCITOKENS \
    _CONDOR_SCITOKENS_FILE="$state/credentials/$version/pilot.scitoken" \
    _CONDOR_AUTH_SSL_CLIENT_CAFILE="$state/credentials/$version/ca.crt" \
    _CONDOR_LOG=/dev/null \
    timeout 10 condor_ping -type schedd WRITE 2>&1 | grep -q 'WRITE command using .* succeeded'
