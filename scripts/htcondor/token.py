"""Mint an IDTOKEN as condor_token_create would, also an expired or a forged one."""
import argparse, base64, hashlib, hmac, json, os, secrets, sys, time

p = argparse.ArgumentParser(prog="scripts/stack token VERSION", allow_abbrev=False)
p.add_argument("--issuer", required=True, help=argparse.SUPPRESS)
p.add_argument("--identity", default="pilot", help="user of the CE, or user@domain")
p.add_argument("--lifetime", type=int, default=86400, help="seconds; negative: already expired")
p.add_argument("--scope", default="condor:/READ condor:/WRITE", help='"" leaves the scope out: everything is allowed')
key = p.add_mutually_exclusive_group(required=True)
key.add_argument("--key", help="signing key file of the CE")
key.add_argument("--wrong-key", action="store_true", help="sign with a key that the CE does not have")
args = p.parse_args()


def signing_key(path):
    # The file is scrambled with a fixed pattern; the key named POOL is used twice over.
    raw = bytes(b ^ b"\xde\xad\xbe\xef"[i % 4] for i, b in enumerate(open(path, "rb").read())) * 2
    prk = hmac.new(b"htcondor", raw, hashlib.sha256).digest()  # HKDF, one block
    return hmac.new(prk, b"master jwt\x01", hashlib.sha256).digest()


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


expires = int(time.time()) + args.lifetime
claims = {
    "iss": args.issuer,
    "sub": args.identity if "@" in args.identity else args.identity + "@users.htcondor.org",
    "iat": min(int(time.time()), expires - 1),
    "exp": expires,
    "jti": secrets.token_hex(16),
}
if args.scope:
    claims["scope"] = args.scope
signed = part({"alg": "HS256", "kid": "POOL"}) + "." + part(claims)
secret = os.urandom(32) if args.wrong_key else signing_key(args.key)
sys.stdout.write(signed + "." + part(hmac.new(secret, signed.encode(), hashlib.sha256).digest()) + "\n")
