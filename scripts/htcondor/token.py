"""Mint a token, also an expired or forged one: an IDTOKEN as condor_token_create would, or a SCITOKEN of the WLCG."""
import argparse, base64, hashlib, hmac, json, os, secrets, subprocess, sys, time

p = argparse.ArgumentParser(prog="scripts/stack token VERSION", allow_abbrev=False)
for option in ["--credentials", "--openssl", "--ip", "--host"]:
    p.add_argument(option, required=True, help=argparse.SUPPRESS)
p.add_argument("--kind", choices=["idtoken", "scitoken"], default="idtoken")
p.add_argument("--issuer", help="another than the CE trusts")
p.add_argument("--identity", default="pilot", help="user of the CE, or of an IDTOKEN user@domain")
p.add_argument("--lifetime", type=int, default=86400, help="seconds; negative: already expired")
p.add_argument("--scope", help='"" leaves the scope out: of an IDTOKEN everything is allowed then')
p.add_argument("--audience", help='of a SCITOKEN: another than this CE; "" leaves it out')
key = p.add_mutually_exclusive_group()
key.add_argument("--key", help="another signing key file than that of the CE or its token issuer")
key.add_argument("--wrong-key", action="store_true", help="sign with a key that the CE does not have")
args = p.parse_args()


def credential(name):
    path = os.path.join(args.credentials, name)
    if not os.path.exists(path):
        p.error("this configuration has no token issuer")
    return path


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def idtoken_signature(data):
    # The file is scrambled with a fixed pattern; the key named POOL is used twice over.
    if args.wrong_key:
        return hmac.new(os.urandom(32), data, hashlib.sha256).digest()
    file = args.key or credential("signing.key")
    raw = bytes(b ^ b"\xde\xad\xbe\xef"[i % 4] for i, b in enumerate(open(file, "rb").read())) * 2
    prk = hmac.new(b"htcondor", raw, hashlib.sha256).digest()  # HKDF, one block
    key = hmac.new(prk, b"master jwt\x01", hashlib.sha256).digest()
    return hmac.new(key, data, hashlib.sha256).digest()


def scitoken_signature(data):
    def openssl(*words, **options):
        return subprocess.run([args.openssl, *words], check=True, stdout=subprocess.PIPE, **options).stdout

    if args.wrong_key:
        key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    else:
        key = open(args.key or credential("issuer.key"), "rb").read()
    reading, writing = os.pipe()  # a key that is in no file
    os.write(writing, key)
    os.close(writing)
    der = openssl("dgst", "-sha256", "-sign", f"/dev/fd/{reading}", input=data, pass_fds=[reading])
    # Two integers in DER; a JWT has them at full length, one after the other.
    r_end = 4 + der[3]
    return b"".join(n.lstrip(b"\0").rjust(32, b"\0") for n in (der[4:r_end], der[r_end + 2 :]))


expires = int(time.time()) + args.lifetime
issued = min(int(time.time()), expires - 1)
claims = {"iss": args.issuer, "sub": args.identity, "iat": issued, "exp": expires, "jti": secrets.token_hex(16)}
if args.kind == "idtoken":
    header, sign, scope = {"alg": "HS256", "kid": "POOL"}, idtoken_signature, "condor:/READ condor:/WRITE"
    claims["iss"] = args.issuer or args.ip + ":9619"
    if "@" not in args.identity:
        claims["sub"] += "@users.htcondor.org"
else:
    header, sign = {"alg": "ES256", "kid": "stack"}, scitoken_signature
    scope = "compute.read compute.create compute.modify compute.cancel"
    claims["iss"] = args.issuer or open(credential("issuer")).read().strip()
    audience = args.host + ":9619" if args.audience is None else args.audience
    claims.update({"aud": audience} if audience else {}, **{"nbf": issued, "wlcg.ver": "1.0"})
if args.scope is not None:
    scope = args.scope
if scope:
    claims["scope"] = scope
signed = part(header) + "." + part(claims)
sys.stdout.write(signed + "." + part(sign(signed.encode())) + "\n")
