"""Tokens with the claims of fastapi-paseto, as pyseto below it makes them, against our whole path of claims."""
import base64
import datetime
import json
import time
import uuid

from keys import KINDS, random_keys
from peers import Refused, b64

UTC = datetime.timezone.utc


def fastapi_claims(token_type, fresh, audience):
    """As fastapi-paseto builds them; pyseto adds `exp` itself."""
    claims = {"sub": "ada", "nbf": datetime.datetime.now(tz=UTC).isoformat(timespec="seconds"),
              "jti": str(uuid.uuid4()), "type": token_type}
    if token_type == "access":
        claims["fresh"] = fresh
    claims["iss"] = "https://id.example"
    if audience:
        claims["aud"] = audience
    return claims | {"roles": ["reader", "writer"], "tenant": {"id": 7, "name": "Zoë"}}


def instant(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def verified_as(claims, answer):
    """Whether our reading of the claims is what was made."""
    audience = claims.get("aud", [])
    known = {"sub", "nbf", "jti", "type", "fresh", "iss", "aud"}
    return (all(answer[name] == claims[name] for name in ("sub", "jti", "type", "iss"))
            and answer["aud"] == ([audience] if isinstance(audience, str) else audience)
            and answer.get("fresh") == claims.get("fresh") and answer["nbf"] == instant(claims["nbf"])
            and answer["exp"] > time.time()
            and answer["custom"] == {name: value for name, value in claims.items() if name not in known})


def claim_sets(comparison, ours, pyseto, random):
    for kind in KINDS:
        for token_type, fresh, audience in (("access", True, "shop"), ("access", False, ["shop", "bank"]),
                                            ("refresh", None, None), ("invitation", None, None)):
            for wrapped in (False, True):
                exchange_claims(comparison, ours, pyseto, kind, fastapi_claims(token_type, fresh, audience), wrapped,
                                random)


def exchange_claims(comparison, ours, pyseto, kind, claims, wrapped, random):
    keys = random_keys(kind, random)
    use = "refresh" if claims["type"] == "refresh" else "access"
    facts = {"kind": kind, "type": claims["type"], "wrapped": wrapped}
    reading = {"key": keys.read, "use": use, "type": claims["type"], "base64": wrapped, "assertion": b64(b"tenant 7")}
    text = pyseto.call("issue", key=keys.make, message=b64(json.dumps(claims).encode()), exp=900,
                       assertion=reading["assertion"])["token"]
    if wrapped:
        text = base64.b64encode(text.encode()).decode()
    try:
        answer = ours.call("verify", token=text, now=int(time.time()), **reading)
        comparison.outcome("pyseto", "its claims are read", "agrees" if verified_as(claims, answer) else "differs",
                           str(answer), **facts)
    except Refused as error:
        comparison.outcome("pyseto", "its claims are read", "refuses", str(error), **facts)
        return
    expired = expired_is_refused(ours, text, reading)
    comparison.ours(expired, f"a token of fastapi-paseto's claims passes when expired {facts}")

    written = dict(claims, exp="2099-01-01T00:00:00Z", iat=claims["nbf"])
    text = ours.call("issue", key=keys.make, use=use, base64=wrapped, assertion=reading["assertion"],
                     message=b64(json.dumps(written).encode()))["token"]
    if wrapped:
        text = base64.b64decode(text).decode()
    try:
        message = json.loads(pyseto.read(kind, keys.read, text, b"tenant 7", claims=True)[0])
        agrees = in_seconds(message) == in_seconds(written)
        comparison.outcome("pyseto", "reads our claims", "agrees" if agrees else "differs", str(message), **facts)
    except Refused as error:
        comparison.outcome("pyseto", "reads our claims", "refuses", str(error), **facts)


def in_seconds(claims):
    """The claims with their dates as numbers, whichever way they are written."""
    return claims | {name: instant(claims[name]) for name in ("exp", "nbf", "iat")}


def expired_is_refused(ours, text, reading):
    try:
        ours.call("verify", token=text, now=int(time.time()) + 7200, **reading)
        return False
    except Refused:
        return True
