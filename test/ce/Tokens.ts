/** Tokens and a proxy certificate for tests: valid in form, and accepted nowhere. */
import { DateTime, Redacted } from "effect"

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A JSON web token with these claims. */
export const jwt = (claims: Readonly<Record<string, unknown>>): Redacted.Redacted<string> =>
  Redacted.make(`${part({ alg: "ES256" })}.${part(claims)}.c2ln`)

/** A token of the WLCG profile for a CE, valid for any operation. */
export const wlcg = (claims: Readonly<Record<string, unknown>> = {}): Redacted.Redacted<string> =>
  jwt({
    iss: "https://issuer.example.org",
    sub: "pilot",
    aud: "ce.example.org:9619",
    "wlcg.ver": "1.0",
    scope: "compute.read compute.create compute.modify compute.cancel",
    ...claims
  })

/** A token without any claim that matters here. Each name gives another token. */
export const plain = (name: string): Redacted.Redacted<string> => jwt({ jti: name })

/** The expiry of the proxy certificate. Its signing certificate is valid for a year longer. */
export const proxyExpiresAt = DateTime.makeUnsafe("2026-11-27T10:14:12Z")

/** A proxy certificate of `/DC=test/O=Users/CN=Jane Doe`: certificate, key and chain. */
export const proxy = `-----BEGIN CERTIFICATE-----
MIIB4jCCAYigAwIBAgICBNIwCgYIKoZIzj0EAwIwOTEUMBIGCgmSJomT8ixkARkW
BHRlc3QxDjAMBgNVBAoMBVVzZXJzMREwDwYDVQQDDAhKYW5lIERvZTAeFw0yNjEx
MjYxMDE0MTJaFw0yNjExMjcxMDE0MTJaMEgxFDASBgoJkiaJk/IsZAEZFgR0ZXN0
MQ4wDAYDVQQKDAVVc2VyczERMA8GA1UEAwwISmFuZSBEb2UxDTALBgNVBAMMBDEy
MzQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQJbVVdM98ycRutT3+mq+5uZf1N
VFztScE5DoJ2WQQsTs9B3UxTXBMFNF3nlLPSWlTu8qQfda3OTrH3Mg/ZFM7Ko3Ew
bzAdBggrBgEFBQcBDgEB/wQOMAwwCgYIKwYBBQUHFQEwDgYDVR0PAQH/BAQDAgeA
MB0GA1UdDgQWBBRxf8wR5l1ZHCidmWu9K48Zcm4mCzAfBgNVHSMEGDAWgBQXnQmG
Sav+iP2ZvZ2FYSwOPRkihzAKBggqhkjOPQQDAgNIADBFAiEAqAELw8WgXxVbDgBd
dL70Q6hZI/5W6I1K/7M2YCgnWxcCIAjAMTZBoFFFocCtPCeWt2iJ7bRfXmocJpJE
MlINLRIq
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQga7CjYv5hkUy3DUDb
fNDNIa2+7yXCxuVLo3Yk2/UDZR6hRANCAAQJbVVdM98ycRutT3+mq+5uZf1NVFzt
ScE5DoJ2WQQsTs9B3UxTXBMFNF3nlLPSWlTu8qQfda3OTrH3Mg/ZFM7K
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBxzCCAW2gAwIBAgIUFmOsidVH/Hd1dxX7jkWsFego2AkwCgYIKoZIzj0EAwIw
OTEUMBIGCgmSJomT8ixkARkWBHRlc3QxDjAMBgNVBAoMBVVzZXJzMREwDwYDVQQD
DAhKYW5lIERvZTAeFw0yNjExMjYxMDE0MTJaFw0yNzEyMzExMDE0MTJaMDkxFDAS
BgoJkiaJk/IsZAEZFgR0ZXN0MQ4wDAYDVQQKDAVVc2VyczERMA8GA1UEAwwISmFu
ZSBEb2UwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARmIhlZkWH5msGE1D3zLnGA
H5KCOFf6pGdKYrx06Af3A1EIpvH+sSkd6PLsXNI3pKLn2WdHFvXc8hROCnoPQL4Z
o1MwUTAdBgNVHQ4EFgQUF50Jhkmr/oj9mb2dhWEsDj0ZIocwHwYDVR0jBBgwFoAU
F50Jhkmr/oj9mb2dhWEsDj0ZIocwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNIADBFAiANzFC+a2CqYvNe0/F4PXYbilMg4EeIh0ajOvQXbR2b0AIhAPXZw+s8
8x3fkzYdmxHxoI+EK7xYk14KxikqRaeBqij1
-----END CERTIFICATE-----
`

/** A certificate whose subject is empty. */
export const anonymous = `-----BEGIN CERTIFICATE-----
MIIBVTCB+6ADAgECAhQVzou/7gmjIVVAAkDoZTUuwIXCUzAKBggqhkjOPQQDAjAA
MB4XDTI2MTEyNjExMDQ0MloXDTI2MTIwNjExMDQ0MlowADBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABJQ99ocqCW75QyjdeLKPClYiNOIPpSKReOX24ueR3jTY1bY+
8KJG5M1p8b55+rMVak4xNe1Op+AIkgP3qdN9rYSjUzBRMB0GA1UdDgQWBBTFaBlF
7NwuPGg5fV518g4aaFkZDTAfBgNVHSMEGDAWgBTFaBlF7NwuPGg5fV518g4aaFkZ
DTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCcFFui5g+95gaz
srpu/ooqkGE/1bOP88GDwSRcvEabowIhAIXm7+YTE9pMwyEmUzOBtwkob17f1waI
2pRPEWvieJ/A
-----END CERTIFICATE-----
`

/** A user's own certificate with its key, which is no proxy. */
export const userCertificate = `-----BEGIN CERTIFICATE-----
MIIBVjCB/QIUVVyej9NcP0gE/oVHSjnGqNxFs0QwCgYIKoZIzj0EAwIwIzEUMBIG
CgmSJomT8ixkARkWBHRlc3QxCzAJBgNVBAMMAkNBMB4XDTI2MTEyOTEyNTU1NFoX
DTI4MDEwMzEyNTU1NFowOTEUMBIGCgmSJomT8ixkARkWBHRlc3QxDjAMBgNVBAoM
BVVzZXJzMREwDwYDVQQDDAhKb2huIFJvZTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABHvpUnwwDpCoqUd9x7I8KQ9xliDAwC2zF34ut4PDuqhBGJMN5rkWOUBoR0Dn
qNMC/hEGCKK/mEqZF46q27vHe+owCgYIKoZIzj0EAwIDSAAwRQIgTN7U7YtO36vY
k/D5lSw4uw7y0G8882BwmJO6Wht2gA8CIQDq3Hfidd0Auj6BNQf8RKhoAQKyVMR0
5vCAr+OIxVi+9Q==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjr9SOxsAewK5EbIm
ULrxxQcbxaFc2nRFcapnEZnyPG2hRANCAAR76VJ8MA6QqKlHfceyPCkPcZYgwMAt
sxd+LreDw7qoQRiTDea5FjlAaEdA56jTAv4RBgiiv5hKmReOqtu7x3vq
-----END PRIVATE KEY-----
`
