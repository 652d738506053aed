#!/usr/bin/env python3
"""Writes tests/vectors/: expected values computed by implementations that share no code with ours.

PAE comes from plain Python, tokens from pyseto, each token checked again with hashlib and cryptography. v3.public is the
other way round: cryptography signs, without randomness (RFC 6979), and pyseto verifies. Run by hand when a case is added:
`pip install pyseto`, then `scripts/make_vectors.py`. Its output is deterministic.

Pieces may be long, so a vector gives a length and a seed, and SHA-256 of the result. Byte i of a piece is
(seed + 31 * i + i // 256) mod 256.
"""
import base64
import hashlib
import hmac
import itertools
import json
import pathlib

import pyseto
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

OUT = pathlib.Path(__file__).resolve().parent.parent / "tests" / "vectors"
LENGTHS = [0, 1, 255, 256, 65535, 65536]
SEED = bytes(range(32))
LOCAL_KEY = bytes(range(100, 132))
NONCE = bytes(range(200, 232))
SCALAR = bytes(range(1, 49))
P384 = ec.derive_private_key(int.from_bytes(SCALAR, "big"), ec.SECP384R1())
POINT = P384.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def pattern(length, seed):
    return bytes((seed + 31 * i + i // 256) % 256 for i in range(length))


def le64(n):
    return (n & 0x7FFF_FFFF_FFFF_FFFF).to_bytes(8, "little")


def pae(pieces):
    return le64(len(pieces)) + b"".join(le64(len(p)) + p for p in pieces)


def describe(lengths):
    return [{"length": length, "seed": 7 * i + 1} for i, length in enumerate(lengths)]


def pae_cases():
    lists = [[], *([n] for n in LENGTHS), *map(list, itertools.product(LENGTHS, repeat=2)), LENGTHS, LENGTHS[::-1]]
    for lengths in lists:
        pieces = describe(lengths)
        encoded = pae([pattern(**p) for p in pieces])
        yield {
            "name": "_".join(["pieces", *map(str, lengths)]),
            "pieces": pieces,
            "size": len(encoded),
            "sha256": hashlib.sha256(encoded).hexdigest(),
        }


def v4_public(message, footer, assertion):
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    token = pyseto.encode(pyseto.Key.new(4, "public", pem), message, footer, assertion)
    signature = private.sign(pae([b"v4.public.", message, footer, assertion]))
    assert token == frame("v4.public.", message + signature, footer)
    return token


def v4_local(message, footer, assertion):
    token = pyseto.encode(pyseto.Key.new(4, "local", LOCAL_KEY), message, footer, assertion, nonce=NONCE)
    body = base64.urlsafe_b64decode(token.split(b".")[2] + b"==")
    auth_key = hashlib.blake2b(b"paseto-auth-key-for-aead" + NONCE, key=LOCAL_KEY, digest_size=32).digest()
    tag = hashlib.blake2b(pae([b"v4.local.", NONCE, body[32:-32], footer, assertion]), key=auth_key, digest_size=32)
    assert body[:32] == NONCE and body[-32:] == tag.digest()
    return token


def v3_public(message, footer, assertion):
    signed = pae([POINT, b"v3.public.", message, footer, assertion])
    halves = decode_dss_signature(P384.sign(signed, ec.ECDSA(hashes.SHA384(), deterministic_signing=True)))
    token = frame("v3.public.", message + b"".join(half.to_bytes(48, "big") for half in halves), footer)
    if message:  # pyseto refuses to read public tokens without one
        verified = pyseto.decode(pyseto.Key.from_asymmetric_key_params(3, x=coordinate("x"), y=coordinate("y")), token,
                                 assertion)
        assert verified.payload == message
    return token


def coordinate(name):
    return getattr(P384.public_key().public_numbers(), name).to_bytes(48, "big")


def v3_local(message, footer, assertion):
    token = pyseto.encode(pyseto.Key.new(3, "local", LOCAL_KEY), message, footer, assertion, nonce=NONCE)
    derive = lambda name: HKDF(hashes.SHA384(), 48, None, name + NONCE).derive(LOCAL_KEY)
    keys, auth_key = derive(b"paseto-encryption-key"), derive(b"paseto-auth-key-for-aead")
    encrypted = Cipher(algorithms.AES(keys[:32]), modes.CTR(keys[32:])).encryptor().update(message)
    tag = hmac.digest(auth_key, pae([b"v3.local.", NONCE, encrypted, footer, assertion]), "sha384")
    assert token == frame("v3.local.", NONCE + encrypted + tag, footer)
    return token


def frame(header, body, footer):
    segments = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in ([body, footer] if footer else [body])]
    return header.encode() + b".".join(segments)


def token_cases(makers):
    # One long part at a time beside short ones, so that every token stays below the limit on token texts.
    parts = sorted({*itertools.product([0, 1, 255, 256], repeat=3), (65535, 1, 0), (65536, 255, 256), (1, 65535, 0),
                    (1, 65536, 1), (1, 0, 65535), (255, 256, 65536)})
    for purpose, (message, footer, assertion) in itertools.product(makers, parts):
        pieces = describe([message, footer, assertion])
        token = makers[purpose](*(pattern(**p) for p in pieces))
        case = {
            "name": f"{purpose}_{message}_{footer}_{assertion}",
            "purpose": purpose,
            "message": pieces[0],
            "footer": pieces[1],
            "assertion": pieces[2],
            "size": len(token),
            "sha256": hashlib.sha256(token).hexdigest(),
        }
        if makers[purpose] is v3_public:  # what cannot be made again without RFC 6979
            body = base64.urlsafe_b64decode(token.split(b".")[2] + b"==")
            case["signature"] = body[-96:].hex()
        yield case


def write(name, head, cases):
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    head_lines = "".join(f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    (OUT / name).write_text(f'{{\n{head_lines}  "cases": [\n{lines}\n  ]\n}}\n')


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    write("pae.json", {}, pae_cases())
    write(
        "v4_tokens.json",
        {"local_key": LOCAL_KEY.hex(), "nonce": NONCE.hex(), "secret_key": (SEED + public).hex()},
        token_cases({"local": v4_local, "public": v4_public}),
    )
    write(
        "v3_tokens.json",
        {"local_key": LOCAL_KEY.hex(), "nonce": NONCE.hex(), "secret_key": SCALAR.hex(), "public_key": POINT.hex()},
        token_cases({"local": v3_local, "public": v3_public}),
    )


if __name__ == "__main__":
    main()
