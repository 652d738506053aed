"""What no reader may take: tokens and PASERK texts changed after they were made, payloads that are no claims."""
import base64
import json

from exchanges import PASSWORD_COSTS, refusal, wrap_request
from keys import P384_ORDER, has_assertion, other_keys, paserk, random_keys
from peers import Refused

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
OVERHEAD = {"v4.public": 64, "v4.local": 64, "v3.public": 96, "v3.local": 80, "v2.public": 64,
            "v2.local": 40, "v1.public": 256, "v1.local": 80}  # of a body over its message
NONCE_BYTES = {"v4": 32, "v3": 32, "v2": 24, "v1": 32}
ACCEPTED, REFUSED = "accepts", "refuses"


# Where a password-wrapped key says what its key derivation costs: name -> (offset, bytes to put there).
ARGON2_FIELDS = {"no memory": (16, bytes(8)), "no passes": (24, bytes(4)), "no lanes": (28, bytes(4)),
                 "two lanes": (28, bytes([0, 0, 0, 2]))}
PBKDF2_FIELDS = {"no iterations": (32, bytes(4))}
COST_FIELDS = {"k4.local-pw": ARGON2_FIELDS, "k4.secret-pw": ARGON2_FIELDS, "k3.local-pw": PBKDF2_FIELDS,
               "k3.secret-pw": PBKDF2_FIELDS, "k2.local-pw": ARGON2_FIELDS, "k2.secret-pw": ARGON2_FIELDS,
               "k1.local-pw": PBKDF2_FIELDS, "k1.secret-pw": PBKDF2_FIELDS}


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def flipped(data, at, bit=1):
    data = bytearray(data)
    data[at] ^= bit
    return bytes(data)


def loose_end(segment):
    """The segment with bits behind its last byte, which decode to the same bytes in lax decoders."""
    return segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) + 1]


def other_s(kind, body):
    """The signature's other form: every P-384 library takes it, no Ed25519 one may."""
    if kind == "v3.public":
        return body[:-48] + (P384_ORDER - int.from_bytes(body[-48:], "big")).to_bytes(48, "big")
    return body[:-32] + (int.from_bytes(body[-32:], "little") + ED25519_ORDER).to_bytes(32, "little")


def token_variants(kind, token, random):
    """name -> (text, assertion, accepted): `token` has a body and a footer of 3 n + 1 bytes and the assertion b"a"."""
    version, purpose, body64, footer64 = token.split(".")
    body, footer = unb64url(body64), unb64url(footer64)
    head = f"{version}.{purpose}."

    def with_body(data):
        return f"{head}{b64url(data)}.{footer64}"

    least = OVERHEAD[kind]
    tail = least - (NONCE_BYTES[version] if purpose == "local" else 0)
    other_version, other_purpose = {"v4": "v3", "v3": "v4", "v2": "v1", "v1": "v2"}[version], ("local" if purpose == "public" else "public")
    texts = {
        "first byte": with_body(flipped(body, 0)),
        "last byte": with_body(flipped(body, -1)),
        "byte before the tag": with_body(flipped(body, -tail - 1)),
        "any bit": with_body(flipped(body, random.randrange(len(body)), 1 << random.randrange(8))),
        "footer bit": f"{head}{body64}.{b64url(flipped(footer, -1))}",
        "footer removed": head + body64,
        "body cut by a byte": with_body(body[:-1]),
        "body grown by a byte": with_body(body + b"\0"),
        "body too short": with_body(body[: least - 1]),
        "body empty": f"{head}.{footer64}",
        "body as long as the tag": with_body(body[-tail:]),
        "text cut": token[:-1],
        "segment added": token + ".eA",
        "segment empty at the end": token + ".",
        "two dots": f"{head}{body64}..{footer64}",
        "loose end of body": f"{head}{loose_end(body64)}.{footer64}",
        "loose end of footer": f"{head}{body64}.{loose_end(footer64)}",
        "padded body": f"{head}{body64}==.{footer64}",
        "padded footer": f"{token}==",
        "one character more": token + "A",
        "standard alphabet": f"{head}{body64}.{footer64.replace('-', '+').replace('_', '/')}",
        "newline at the end": token + "\n",
        "newline within": f"{head}{body64[:8]}\n{body64[8:]}.{footer64}",
        "space in front": " " + token,
        "space within": f"{head}{body64[:8]} {body64[8:]}.{footer64}",
        "asterisk within": f"{head}{body64[:8]}*{body64[8:]}.{footer64}",
        "NUL at the end": token + "\0",
        "upper case header": token.replace("v", "V", 1),
        "upper case purpose": f"{version}.{purpose.title()}.{body64}.{footer64}",
        "suffix of the version": f"{version}c.{purpose}.{body64}.{footer64}",
        "other version": f"{other_version}.{purpose}.{body64}.{footer64}",
        "other purpose": f"{version}.{other_purpose}.{body64}.{footer64}",
        "no header": f"{body64}.{footer64}",
        "nothing": "",
    }
    variants = {name: (text, b"a", False) for name, text in texts.items()}
    if has_assertion(kind):
        variants["assertion missing"] = (token, b"", False)
        variants["assertion longer"] = (token, b"aa", False)
        variants["assertion and footer change places"] = (f"{head}{body64}.{b64url(b'a')}", footer, False)
    if purpose == "public" and version != "v1":
        variants["other form of the signature"] = (with_body(other_s(kind, body)), b"a", kind == "v3.public")
    return variants


def read_outcome(reader, kind, key, token, assertion, **more):
    try:
        return ACCEPTED, reader.read(kind, key, token, assertion, **more)[0]
    except Refused as error:
        return refusal(error), str(error)


def malformed_tokens(comparison, ours, peer, random):
    for kind in peer.kinds:
        keys = random_keys(kind, random)
        # Bodies and footers one byte over whole groups of three: their last characters have bits to spare. The footer
        # has both characters in which the two alphabets differ.
        overhead = OVERHEAD[kind]
        message = b'{"pad":"%s"}' % (b"x" * (3 * random.randrange(20) + (-overhead) % 3))
        footer = b"~?~???x"
        assertion = b"a" if has_assertion(kind) else b""
        token = ours.make(kind, keys.make, message, footer, assertion)
        for name, (text, given, accepted) in token_variants(kind, token, random).items():
            expected = ACCEPTED if accepted else REFUSED
            got, detail = read_outcome(ours, kind, keys.read, text, given)
            comparison.ours(got == expected, f"{kind} {name}: {got} {detail}")
            got, detail = read_outcome(peer, kind, keys.read, text, given)
            comparison.outcome(peer.name, "malformed token", got, detail, expected, kind=kind, variant=name)
        got, _ = read_outcome(peer, kind, other_keys(kind, random).read, token, assertion)
        comparison.outcome(peer.name, "wrong key", got, expected=REFUSED, kind=kind)


def small_order_key(comparison, ours, peer):
    """A key that is the neutral point, and the signature that fits every message under it."""
    if "v4.public" not in peer.kinds:
        return
    neutral = b"\1" + bytes(31)
    key, token = paserk("k4.public.", neutral), "v4.public." + b64url(b'{"sub":"anyone"}' + neutral + bytes(32))
    got, detail = read_outcome(ours, "v4.public", key, token, b"")
    comparison.ours(got == REFUSED, f"small-order key: {got} {detail}")
    got, detail = read_outcome(peer, "v4.public", key, token, b"")
    comparison.outcome(peer.name, "small-order key", got, detail, REFUSED)


def malformed_paserks(comparison, ours, peer, random):
    for wrap_type in peer.wraps:
        _, out, back = wrap_request(wrap_type, PASSWORD_COSTS[wrap_type[:2]][0], random)
        _, _, others = wrap_request(wrap_type, {}, random)
        text = ours.wrap(**out)
        head, data = text.rsplit(".", 1)
        raw = unb64url(data)
        swapped = head.replace("local", "secret") if "local" in head else head.replace("secret", "local")
        variants = {
            "first byte": (f"{head}.{b64url(flipped(raw, 0))}", back),
            "last byte": (f"{head}.{b64url(flipped(raw, -1))}", back),
            "a byte less": (f"{head}.{b64url(raw[:-1])}", back),
            "a byte more": (f"{head}.{b64url(raw + bytes(1))}", back),
            "text cut": (text[:-1], back),
            "nothing in it": (head + ".", back),
            "segment added": (text + ".AA", back),
            "header in upper case": (text.replace("k", "K", 1), back),
            "with another key": (text, others),
        }
        for name, (at, value) in COST_FIELDS.get(wrap_type, {}).items():
            variants[name] = (f"{head}.{b64url(raw[:at] + value + raw[at + len(value):])}", back)
        if swapped != head:
            variants["other type"] = (f"{swapped}.{data}", {**back, "type": swapped})
        for name, (changed, request) in variants.items():
            for reader in (ours, peer):
                try:
                    reader.unwrap(paserk=changed, **request)
                    got, detail = ACCEPTED, ""
                except Refused as error:
                    got, detail = refusal(error), str(error)
                if reader is ours:
                    comparison.ours(got == REFUSED, f"{wrap_type} {name}: {got} {detail}")
                else:
                    comparison.outcome(peer.name, "malformed PASERK", got, detail, REFUSED, type=wrap_type,
                                       variant=name)


def nested(depth):
    """An object with `depth` levels; one of scalars has 1."""
    return b'{"a":' * (depth - 1) + b'{"a":1}' + b"}" * (depth - 1)


def payload_variants():
    """name -> (payload, accepted): beside what is checked, `exp` and `type` stand in every payload that has a name."""
    frame = b'"exp":"2099-01-01T00:00:00Z","type":"access"'

    def having(members):
        return b"{%s,%s}" % (frame, members)

    def expiring(text):
        return b'{"type":"access","exp":%s}' % text

    def many(count):
        return b",".join(b'"k%d":1' % i for i in range(count - 2))

    whole = b"{%s}" % frame
    return {
        "nothing": (b"", False), "array": (b"[%s]" % whole, False), "string": (b'"x"', False), "null": (b"null", False),
        "byte order mark": (b"\xef\xbb\xbf" + whole, False), "object behind it": (whole + b"{}", False),
        "trailing comma": (having(b'"a":1,'), False), "trailing space": (whole + b" \n", True),
        "duplicate key": (having(b'"a":1,"a":2'), False), "duplicate type": (having(b'"type":"refresh"'), False),
        "duplicate key nested": (having(b'"a":{"b":1,"b":2}'), False),
        "duplicate key escaped": (having(b'"sub":"x","s\\u0075b":"y"'), False),
        "lone surrogate": (having(b'"a":"\\ud800"'), False), "surrogate pair": (having(b'"a":"\\ud83d\\ude00"'), True),
        "escaped NUL": (having(b'"a":"\\u0000"'), True), "invalid UTF-8": (having(b'"a":"\xff"'), False),
        "single quotes": (having(b"'a':1"), False), "NaN": (having(b'"a":NaN'), False),
        "comment": (having(b'"a":1/**/'), False), "leading zero": (having(b'"a":01'), False),
        "control character": (having(b'"a":"\n"'), False), "depth 16": (having(b'"a":' + nested(15)), True),
        "depth 17": (having(b'"a":' + nested(16)), False), "depth 40": (having(b'"a":' + nested(39)), False),
        "129 keys": (having(many(129)), True), "512 keys": (having(many(512)), True),
        "513 keys": (having(many(513)), False), "2^53 + 1": (having(b'"a":9007199254740993'), True),
        "2^64 - 1": (having(b'"a":18446744073709551615'), True), "2^64": (having(b'"a":18446744073709551616'), False),
        "1e400": (having(b'"a":1e400'), False), "exp with offset": (expiring(b'"2099-01-01T00:00:00+00:00"'), True),
        "exp with fraction": (expiring(b'"2099-01-01T00:00:00.123Z"'), True), "exp a number": (expiring(b"4070908800"), False),
        "exp in lower case": (expiring(b'"2099-01-01t00:00:00z"'), False),
        "exp without offset": (expiring(b'"2099-01-01T00:00:00"'), False),
        "exp on February 30": (expiring(b'"2099-02-30T00:00:00Z"'), False),
        "sub a number": (having(b'"sub":7'), False),
    }


def payloads(comparison, ours, peer, random, now):
    """What each takes for claims, through the way to claims that each one has."""
    kind = peer.kinds[0]
    keys = random_keys(kind, random)
    for name, (payload, accepted) in payload_variants().items():
        token = ours.make(kind, keys.make, payload)
        expected = ACCEPTED if accepted else REFUSED
        try:
            ours.call("verify", key=keys.read, token=token, type="access", now=now)
            got = ACCEPTED
        except Refused as error:
            got = f"{REFUSED} ({error})"
        comparison.ours(got.startswith(expected), f"payload {name}: {got}")
        got, detail = read_outcome(peer, kind, keys.read, token, b"", claims=True)
        if got == ACCEPTED == expected and json.loads(detail) != json.loads(payload):
            got = "changes it"
        comparison.outcome(peer.name, "payload", got, detail, expected, variant=name)
