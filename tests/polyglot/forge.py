"""Tokens that a careless verifier would take, genuine under tokend's own key: forge.py FOLDER, that of a Fleet.

Writes forged/NAME.token. tokend itself never makes such tokens; whoever verifies must not rely on that.
"""
import json
import pathlib
import sys
from datetime import datetime, timedelta, timezone

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pyseto import Key, Paseto

from fleet import ISSUER

NOW = datetime.now(timezone.utc)
CLAIMS = {"iss": ISSUER, "sub": "alice", "aud": "shop", "type": "access", "scope": "orders:read", "jti": "forged",
          "iat": NOW.isoformat(timespec="seconds"), "exp": (NOW + timedelta(hours=1)).isoformat(timespec="seconds")}


class AsIs:
    """A serializer for pyseto that keeps text as it is."""

    @staticmethod
    def dumps(text):
        return text


def sign(key, payload):
    return Paseto.new().encode(key, payload, footer=json.dumps({"kid": key.to_peer_paserk_id()}), serializer=AsIs).decode()


def without(*names):
    return json.dumps({name: value for name, value in CLAIMS.items() if name not in names})


def main():
    folder = pathlib.Path(sys.argv[1])
    keys = json.loads((folder / "keys.json").read_text())["keys"]
    key = Key.from_paserk(next(one["paserk"] for one in keys if one["use"] == "access"))
    stranger = Key.new(4, "public", Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    forged = {
        "repeated_name": sign(key, json.dumps(CLAIMS)[:-1] + ', "s\\u0075b": "mallory"}'),
        "no_expiry": sign(key, without("exp")),
        "another_issuer": sign(key, json.dumps(CLAIMS | {"iss": "https://other.example"})),
        "unknown_key": sign(stranger, json.dumps(CLAIMS)),
    }
    (folder / "forged").mkdir()
    for name, token in forged.items():
        (folder / "forged" / f"{name}.token").write_text(token)


main()
