#!/usr/bin/env python3
"""Speaks the peers' protocol (tests/differential/README.md) for pyseto."""
import base64
import json
import sys
import time
from importlib.metadata import version

import pyseto
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat


def unb64(text):
    return base64.b64decode(text)


def b64(data):
    return base64.b64encode(data).decode()


def key_bytes(paserk):
    return base64.urlsafe_b64decode(paserk.split(".")[2] + "==")


def key_of(paserk):
    return pyseto.Key.from_paserk(paserk)


def make(request):
    token = pyseto.encode(key_of(request["key"]), unb64(request["message"]), unb64(request["footer"]),
                          unb64(request["assertion"]), nonce=unb64(request.get("nonce", "")))
    return {"token": token.decode()}


def issue(request):
    """A token of claims, as frameworks on pyseto make it: the library writes `exp`."""
    claims = json.loads(unb64(request["message"]))
    key = pyseto.Key.from_paserk(request["key"])
    token = pyseto.encode(key, claims, b"", unb64(request["assertion"]), serializer=json, exp=request["exp"])
    return {"token": token.decode()}


def read(request):
    token = pyseto.decode(key_of(request["key"]), request["token"], unb64(request["assertion"]),
                          deserializer=json if request.get("claims") else None)
    message = json.dumps(token.payload).encode() if request.get("claims") else token.payload
    footer = token.footer if isinstance(token.footer, bytes) else json.dumps(token.footer).encode()
    return {"message": b64(message), "footer": b64(footer)}


def sealing_pem(request, public):
    """pyseto seals to X25519 and P-384 keys in PEM; the driver gives raw X25519 bytes for k4, a PASERK for k3."""
    if request["type"] == "k3.seal":
        key = key_of(request["with"])._key
    elif public:
        key = X25519PublicKey.from_public_bytes(unb64(request["x25519"]))
    else:
        key = X25519PrivateKey.from_private_bytes(unb64(request["x25519"]))
    if public:
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def wrap(request):
    key = key_of(request["key"])
    if request["type"].endswith("pie"):
        return {"paserk": key.to_paserk(wrapping_key=key_bytes(request["with"]))}
    if request["type"].endswith("pw"):
        cost = request["cost"]
        costs = ({"iteration": cost["iterations"]} if request["type"][:2] in ("k3", "k1") else
                 {"memory_cost": cost["memory"] // 1024, "time_cost": cost["time"], "parallelism": 1})
        return {"paserk": key.to_paserk(password=unb64(request["with"]), **costs)}
    return {"paserk": key.to_paserk(sealing_key=sealing_pem(request, public=True))}


def unwrap(request):
    text = request["paserk"]
    if request["type"].endswith("pie"):
        key = pyseto.Key.from_paserk(text, wrapping_key=key_bytes(request["with"]))
    elif request["type"].endswith("pw"):
        key = pyseto.Key.from_paserk(text, password=unb64(request["with"]))
    else:
        key = pyseto.Key.from_paserk(text, unsealing_key=sealing_pem(request, public=False))
    return {"key": key.to_paserk()}


def key_id(request):
    return {"id": key_of(request["key"]).to_paserk_id()}


def bench(request):
    key, assertion = key_of(request["key"]), unb64(request["assertion"])
    if request["what"] == "make":
        message, footer = unb64(request["message"]), unb64(request["footer"])
        operation = lambda: pyseto.encode(key, message, footer, assertion)
    else:
        token = request["token"]
        operation = lambda: pyseto.decode(key, token, assertion, deserializer=json)
    operation()
    count, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < request["seconds"]:
        operation()
        count += 1
    return {"operations": count, "seconds": passed}


def hello(_):
    kinds = [f"v{version}.{purpose}" for version in "4321" for purpose in ("public", "local")]
    wraps = [f"k{v}.{t}" for v in "4321" for t in ("local-wrap.pie", "secret-wrap.pie", "local-pw", "secret-pw", "seal")]
    wraps.remove("k1.seal")  # to RSA keys that are no PASETO keys
    return {"peers": [{"name": "pyseto", "version": version("pyseto"), "kinds": kinds, "wraps": wraps, "ids": kinds,
                       "messages": "bytes", "footers": "bytes", "claims": True}]}


OPERATIONS = {f.__name__: f for f in (hello, make, issue, read, wrap, unwrap, key_id, bench)}

for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = OPERATIONS[request["op"]](request)
    except Exception as error:  # whatever a peer says instead of an answer is its refusal
        answer = {"refused": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
