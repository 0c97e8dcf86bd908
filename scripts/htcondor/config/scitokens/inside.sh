# shellcheck shell=bash disable=SC2154 # config, credentials, host and ip are those of init.sh
echo "$ip $host issuer.ce.test" >>root/etc/hosts

# Trusted as a certificate of the web is, which issuers of tokens have. No other is: daemons read all of them in each
# TLS handshake.
mkdir -p root/etc/ssl/certs root/etc/grid-security
install -m 644 "$credentials/ca.crt" root/etc/ssl/certs/ca-certificates.crt
# And as a grid site's authority, which the CE would know clients by.
cp -R "$credentials/certificates" root/etc/grid-security/
chmod -R a+rX root/etc/grid-security/certificates
install -m 644 "$credentials/host.crt" root/etc/grid-security/hostcert.pem
install -m 600 "$credentials/host.key" root/etc/grid-security/hostkey.pem

install -m 755 -d root/srv/issuer
cp -R "$credentials/published" root/srv/issuer/
install -m 644 "$config/issuer.py" root/srv/issuer/
