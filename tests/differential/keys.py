"""Keys of the four kinds from a seeded random source, as PASERK texts."""
import base64
import dataclasses
import functools
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

P384_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
# Of tokens that are made today; versions 2 and 1 are read where somebody asks for them, and have no implicit assertions.
KINDS = ["v4.public", "v4.local", "v3.public", "v3.local"]


def paserk(prefix, data):
    return prefix + base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def paserk_bytes(text):
    data = text.rsplit(".", 1)[1]
    return base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))


@dataclasses.dataclass
class Keys:
    make: str  # what makes a token: the secret or the local key
    read: str  # what reads it: the public or the local key


def has_assertion(kind):
    return kind in KINDS


def ed25519(version, seed):
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Keys(paserk(f"k{version}.secret.", seed + public), paserk(f"k{version}.public.", public))


def v3_public(scalar):
    number = int.from_bytes(scalar, "big") % (P384_ORDER - 1) + 1
    point = ec.derive_private_key(number, ec.SECP384R1()).public_key()
    public = point.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return Keys(paserk("k3.secret.", number.to_bytes(48, "big")), paserk("k3.public.", public))


@functools.cache
def v1_public(number):
    """One RSA key for the whole run and each number: making one takes long, and cannot be seeded."""
    key = rsa.generate_private_key(65537, 2048)
    secret = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Keys(paserk("k1.secret.", secret), paserk("k1.public.", public))


def random_keys(kind, random):
    if kind in ("v4.public", "v2.public"):
        return ed25519(kind[1], random.randbytes(32))
    if kind == "v1.public":
        return v1_public(0)
    if kind == "v3.public":
        return v3_public(random.randbytes(48))
    text = paserk(f"k{kind[1]}.local.", random.randbytes(32))
    return Keys(text, text)


def other_keys(kind, random):
    """Keys that are not those of random_keys."""
    return v1_public(1) if kind == "v1.public" else random_keys(kind, random)


def x25519_of(ed25519_paserk):
    """The X25519 halves of an Ed25519 secret key (RFC 8032's hash, RFC 7748's clamp, which the library does)."""
    secret = hashlib.sha512(paserk_bytes(ed25519_paserk)[:32]).digest()[:32]
    public = X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return secret, public
