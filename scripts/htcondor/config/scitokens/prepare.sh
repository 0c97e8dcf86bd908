# shellcheck shell=bash disable=SC2154 # state, version, ip and credentials are those of `launch`
# A certificate authority, the certificate of the CE and of its token issuer, and what the issuer signs with.
export OPENSSL_CONF=/dev/null
openssl=$state/bin/$version/.root/openssl

# certificate NAME COMMON_NAME OPTIONS...: NAME.crt and NAME.key.
certificate() {
  quietly "$openssl" req -x509 -noenc -days 365 -subj "/DC=test/O=HTCondor-CE/CN=$2" \
    -keyout "$credentials/$1.key" -out "$credentials/$1.crt" "${@:3}"
}
elliptic=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
signed=(-CA "$credentials/ca.crt" -CAkey "$credentials/ca.key" -addext "basicConstraints=critical,CA:FALSE")
certificate ca "Test CA" "${elliptic[@]}" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
mkdir "$credentials/certificates"
cp "$credentials/ca.crt" "$credentials/certificates/test-ca.pem"
"$openssl" rehash "$credentials/certificates"
host=$(host_of "$ip")
certificate host "$host" "${elliptic[@]}" "${signed[@]}" -addext "subjectAltName=DNS:$host,DNS:issuer.ce.test"

echo https://issuer.ce.test:9643 >"$credentials/issuer"
"$openssl" genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$credentials/issuer.key"
base64url() { base64 -w 0 | tr '+/' '-_' | tr -d =; }
# The public key ends with the two coordinates of the point.
point() { "$openssl" pkey -in "$credentials/issuer.key" -pubout -outform DER | tail -c 64; }
mkdir -p "$credentials/published/.well-known"
printf '{"issuer":"%s","jwks_uri":"%s/jwks"}\n' "$(<"$credentials/issuer")"{,} \
  >"$credentials/published/.well-known/openid-configuration"
printf '{"keys":[{"kid":"stack","use":"sig","alg":"ES256","kty":"EC","crv":"P-256","x":"%s","y":"%s"}]}\n' \
  "$(point | head -c 32 | base64url)" "$(point | tail -c 32 | base64url)" >"$credentials/published/jwks"

mint "$version" --kind scitoken >"$credentials/pilot.scitoken"
