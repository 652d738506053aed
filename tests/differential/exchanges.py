"""Both directions of what agrees: ours reads theirs, theirs read ours."""
import json

import messages
from keys import has_assertion, random_keys, x25519_of
from peers import Refused, b64

ARGON2_COSTS = [{"memory": 65536, "time": 1}, {"memory": 1 << 20, "time": 3}]
PBKDF2_COSTS = [{"iterations": 1000}, {"iterations": 4321}]
PASSWORD_COSTS = {"k4": ARGON2_COSTS, "k3": PBKDF2_COSTS, "k2": ARGON2_COSTS, "k1": PBKDF2_COSTS}


def same_message(one, other):
    """Equal bytes, or equal JSON: most libraries write claims again in their own way."""
    if one == other:
        return True
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return False


def refusal(error):
    return "panics" if str(error).startswith("panic") else "refuses"


def exchange_token(comparison, ours, peer, kind, sizes, random):
    """A token with parts of these sizes (message, footer, assertion), made by each side and read by the other."""
    keys = random_keys(kind, random)
    message = messages.message(random, sizes[0], peer.takes_bytes)
    footer = messages.text(random, sizes[1], peer.takes_byte_footers)
    assertion = messages.text(random, sizes[2] if has_assertion(kind) else 0, peer.takes_byte_footers)
    facts = {"kind": kind, "message_bytes": len(message), "footer_bytes": len(footer),
             "assertion_bytes": len(assertion)}
    for check, maker, reader in (("reads ours", ours, peer), ("is read", peer, ours)):
        try:
            token = maker.make(kind, keys.make, message, footer, assertion)
            facts["token_bytes"] = len(token)
        except Refused as error:
            facts.pop("token_bytes", None)
            comparison.outcome(peer.name, "makes", refusal(error), str(error), **facts)
            continue
        try:
            got, got_footer = reader.read(kind, keys.read, token, assertion)
            agrees = same_message(message, got) and footer == got_footer
            comparison.outcome(peer.name, check, "agrees" if agrees else "differs", **facts)
        except Refused as error:
            comparison.outcome(peer.name, check, refusal(error), str(error), **facts)


def every_boundary(comparison, ours, peer, random):
    """Each part of a token in every size of note beside short ones, so that no token is longer than ours reads."""
    for kind in peer.kinds:
        for part in range(3 if has_assertion(kind) else 2):
            for size in messages.SIZES:
                sizes = [random.randrange(12, 300), random.randrange(1, 300), random.randrange(300)]
                sizes[part] = size
                exchange_token(comparison, ours, peer, kind, sizes, random)


def random_token(comparison, ours, peer, random):
    sizes = [random.randrange(12, 300), random.randrange(300), random.randrange(300)]
    sizes[random.randrange(3)] = int(70001 ** random.random()) - random.randrange(2)
    exchange_token(comparison, ours, peer, random.choice(peer.kinds), sizes, random)


def wrap_request(wrap_type, cost, random):
    """What wraps a fresh key and what unwraps it, for every peer alike."""
    version = wrap_type[1]
    pair = random_keys(f"v{version}.public", random)
    local = random_keys(f"v{version}.local", random)
    key = pair.make if "secret" in wrap_type else local.make
    with_out = with_in = random_keys(f"v{version}.local", random).make
    x_secret = x_public = b""
    if wrap_type.endswith("pw"):
        with_out = with_in = b64(messages.words(random, random.randrange(1, 70)).encode())
    elif wrap_type.endswith("seal"):
        recipient = random_keys(f"v{version}.public", random)
        with_out, with_in = recipient.read, recipient.make
        if version in "42":
            x_secret, x_public = x25519_of(recipient.make)
    out = {"type": wrap_type, "key": key, "with": with_out, "cost": cost, "x25519": b64(x_public)}
    back = {"type": wrap_type, "with": with_in, "x25519": b64(x_secret)}
    return key, out, back


def exchange_wraps(comparison, ours, peer, random):
    for wrap_type in peer.wraps:
        for cost in PASSWORD_COSTS[wrap_type[:2]]:
            key, out, back = wrap_request(wrap_type, cost, random)
            for check, maker, reader in (("unwraps ours", ours, peer), ("is unwrapped", peer, ours)):
                try:
                    got = reader.unwrap(paserk=maker.wrap(**out), **back)
                    comparison.outcome(peer.name, check, "agrees" if got == key else "differs", type=wrap_type)
                except Refused as error:
                    comparison.outcome(peer.name, check, refusal(error), str(error), type=wrap_type)


def compare_ids(comparison, ours, peer, random):
    for kind in peer.ids:
        keys = random_keys(kind, random)
        for key in {keys.make, keys.read}:
            facts = {"type": key.rsplit(".", 1)[0]}
            try:
                agrees = peer.key_id(kind, key) == ours.key_id(kind, key)
                comparison.outcome(peer.name, "names a key", "agrees" if agrees else "differs", **facts)
            except Refused as error:
                comparison.outcome(peer.name, "names a key", refusal(error), str(error), **facts)
