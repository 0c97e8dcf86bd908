# shellcheck shell=bash disable=SC2154 # state is that of ../stack
# X.509 proxies of the users of a configuration that has them. Sourced by ../stack.

# proxy VERSION OPTIONS...: a proxy certificate on stdout, with its key and the certificate of the user.
proxy() {
  local version=$1 identity=pilot lifetime=43200 voms=yes credentials=$state/credentials/$1 user
  shift
  while (($#)); do
    case $1 in
    --identity) identity=${2:-}; shift 2 || wrong_use "--identity needs a user" ;;
    --lifetime) lifetime=${2:-}; shift 2 || wrong_use "--lifetime needs a number of seconds" ;;
    --no-voms) voms=; shift ;;
    *) wrong_use "unknown option: $1" ;;
    esac
  done
  [[ $lifetime =~ ^-?[0-9]{1,8}$ ]] || wrong_use "no number of seconds: $lifetime"
  [[ -e $credentials/voms.key ]] || fail "configuration $(fact "$version" config) has no proxies"
  user=$credentials/users/$identity
  [[ $identity != */* && -e $user.key ]] || wrong_use "no such user: $identity"
  (
    umask 077
    directory=$(mktemp -d)
    trap 'rm -rf "$directory"' EXIT
    export OPENSSL_CONF=/dev/null
    if [[ -n $voms ]]; then voms_proxy "$directory"; else plain_proxy "$directory"; fi
  )
}

# voms_proxy DIRECTORY: with the attributes of a virtual organisation, whose server need not be there.
voms_proxy() {
  # It takes whole hours, and a past in which they began.
  local hours=$((lifetime > 0 ? (lifetime + 3599) / 3600 : 1))
  local past=$((hours * 3600 - lifetime))
  quietly "$state/bin/$version/.root/voms-proxy-fake" -q -rfc -bits 2048 -path-length -1 \
    -cert "$user.crt" -key "$user.key" -certdir "$credentials/certificates" \
    -hours $hours -pastproxy $past -pastac $past -voms test -fqan /test/Role=pilot/Capability=NULL \
    -uri voms.ce.test:15000 -hostcert "$credentials/voms.crt" -hostkey "$credentials/voms.key" -out "$1/proxy"
  cat "$1/proxy"
}

# plain_proxy DIRECTORY
plain_proxy() {
  local now begin end
  now=$(date +%s)
  end=$((now + lifetime)) begin=$(((lifetime > 0 ? now : now + lifetime) - 300))
  quietly "$state/bin/$version/.root/openssl" req -x509 -newkey rsa:2048 -noenc -CA "$user.crt" -CAkey "$user.key" \
    -subj "/DC=test/O=HTCondor-CE/CN=$identity/CN=$RANDOM$RANDOM" -addext "keyUsage=critical,digitalSignature" \
    -addext "proxyCertInfo=critical,language:id-ppl-inheritAll" -not_before "$(asn1_time $begin)" \
    -not_after "$(asn1_time $end)" -keyout "$1/key" -out "$1/crt"
  cat "$1/crt" "$1/key" "$user.crt"
}

asn1_time() { date -u -d "@$1" +%Y%m%d%H%M%SZ; }
