"""Verifies tokens of one issuer without asking tokend, with pyseto. Copy this file into your code base.

pyseto checks form and signature. What it leaves to its caller is done here: only v4.public is taken, the key is the one
that the token names and never one from the token, claims are strict JSON of the right types, `exp` must be there, and
type, audience, issuer, times, scopes and revocation are judged. Refusals carry the reasons of paseto.v1.Reason.
"""
import base64
import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import datetime

import pyseto
from paseto.v1 import trust_feed_pb2 as feed_pb

LONGEST_TOKEN = 6144  # bytes; the issuer makes no longer ones


class Refused(Exception):
    """`reason` is a value of paseto.v1.Reason, in lower case and without its prefix."""

    def __init__(self, reason, text):
        super().__init__(f"{reason}: {text}")
        self.reason = reason


@dataclass
class Trust:
    """What the feed says: keys by kid, and what is revoked. feed.py keeps it current."""

    issuer: str = ""
    keys: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)  # (kind, id) of revoked tokens and sessions -> forget_after
    before: dict = field(default_factory=dict)  # (kind, id) -> (revision, instant of "all before now", forget_after)

    def take_keys(self, key_set):
        if self.issuer and key_set.issuer != self.issuer:
            raise ValueError("the feed is of another issuer")
        self.issuer = key_set.issuer
        self.keys = {key.kid: pyseto.Key.from_paserk(key.paserk) for key in key_set.keys
                     if key.kid.startswith("k4.pid.") and key.use == feed_pb.KEY_USE_ACCESS
                     and key.state != feed_pb.KEY_STATE_REVOKED}

    def add(self, revocations):
        """All of them, or none: one of a kind that this program does not know raises ValueError. A verifier that cannot
        apply what it is told must not call itself up to date."""
        _check_kinds(revocations)
        for one in revocations:
            forget_after = one.forget_after.ToMilliseconds() / 1000
            if one.kind in (feed_pb.REVOCATION_KIND_TOKEN, feed_pb.REVOCATION_KIND_SESSION):
                self.ids[one.kind, one.id] = forget_after
            else:
                self.before[one.kind, one.id] = (one.revision, one.revoked_at.ToMilliseconds() / 1000, forget_after)

    def replace_all(self, revocations):
        _check_kinds(revocations)
        self.ids, self.before = {}, {}
        self.add(revocations)

    def forget(self, now):
        """Drops revocations that no living token can need any more; without it they would only ever grow."""
        self.ids = {key: forget_after for key, forget_after in self.ids.items() if forget_after >= now}
        self.before = {key: entry for key, entry in self.before.items() if entry[2] >= now}

    def is_revoked(self, claims):
        if (feed_pb.REVOCATION_KIND_TOKEN, claims.get("jti")) in self.ids:
            return True
        if (feed_pb.REVOCATION_KIND_SESSION, claims.get("sid")) in self.ids:
            return True
        for kind, id in ((feed_pb.REVOCATION_KIND_SUBJECT, claims.get("sub")),
                         (feed_pb.REVOCATION_KIND_CLIENT, claims.get("client_id")),
                         (feed_pb.REVOCATION_KIND_EVERYTHING, "")):
            revision, instant, _ = self.before.get((kind, id), (0, 0, 0))
            if revision and (claims["rev"] < revision if "rev" in claims else claims.get("iat", 0) <= instant):
                return True
        return False


def _check_kinds(revocations):
    known = set(feed_pb.RevocationKind.values()) - {feed_pb.REVOCATION_KIND_UNSPECIFIED}
    if any(one.kind not in known for one in revocations):
        raise ValueError("a revocation of a kind that this program does not know")


def verify(trust, token, audience, type="access", now=None, certificate=None):
    """The claims of a good token, times as seconds since 1970. Raises Refused.

    `certificate` is the one that the caller proved, in DER: a token that is bound to a certificate (RFC 8705 section 3)
    is good for nobody else.
    """
    now = time.time() if now is None else now
    claims = _claims(_signed_payload(trust, token))
    if claims["iss"] != trust.issuer:
        raise Refused("wrong_issuer", "the token is of another issuer")
    audiences = claims.get("aud", [])
    if audience not in ([audiences] if isinstance(audiences, str) else audiences):
        raise Refused("wrong_audience", "the token is for another audience")
    if claims.get("exp", 0) < now:
        raise Refused("token_expired", "the token expired; refresh it and call again")
    if max(claims.get("nbf", 0), claims.get("iat", 0)) > now + 1:
        raise Refused("token_not_yet_valid", "the token is not valid yet; check the clocks")
    if claims.get("type") != type:
        raise Refused("wrong_type", f"a token of the type {type} is needed")
    if "cnf" in claims and claims["cnf"] != {"x5t#S256": _thumbprint(certificate)}:
        raise Refused("certificate_mismatch", "the token is bound to another certificate than the caller's")
    if trust.is_revoked(claims):
        raise Refused("token_revoked", "the token was revoked; sign in again")
    return claims


def _thumbprint(certificate):
    if certificate is None:
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(certificate).digest()).rstrip(b"=").decode()


def _signed_payload(trust, token):
    parts = token.split(".")
    if len(token) > LONGEST_TOKEN or len(parts) != 4 or not all(parts):
        raise Refused("token_malformed", "not a token with a footer")
    if parts[:2] != ["v4", "public"]:
        raise Refused("token_not_accepted", "only v4.public is accepted")
    try:  # the footer is not verified yet: it may only choose among the keys that we hold
        kid = _strict_json(base64.urlsafe_b64decode(parts[3] + "=" * (-len(parts[3]) % 4)))["kid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused("token_malformed", "the footer is not a JSON object with a kid") from None
    key = trust.keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise Refused("key_unknown", "no usable key has the id of the token")
    try:
        return pyseto.decode(key, token).payload
    except (pyseto.VerifyError, pyseto.DecryptError, ValueError):
        raise Refused("signature_invalid", "the signature does not match") from None


def _claims(payload):
    try:
        claims = _strict_json(payload)
        if not isinstance(claims, dict) or not isinstance(claims["iss"], str):
            raise TypeError("not the claims of a token")
        for name in {"exp", "nbf", "iat"} & claims.keys():
            claims[name] = _seconds(claims[name])
        if type(claims.get("rev", 0)) is not int or not isinstance(claims.get("aud", ""), (str, list)):
            raise TypeError("a claim of the wrong type")
        for name in {"sub", "jti", "sid", "client_id", "scope", "type"} & claims.keys():
            if not isinstance(claims[name], str):
                raise TypeError("a claim of the wrong type")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused("token_malformed", "the claims are not those of an access token") from None
    return claims


def _strict_json(data):
    """Python's parser keeps the last of two equal keys; here that is an error."""
    def unique(pairs):
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    return json.loads(data.decode("utf-8"), object_pairs_hook=unique)


def _seconds(text):
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant without an offset")
    return instant.timestamp()
