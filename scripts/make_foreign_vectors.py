#!/usr/bin/env python3
"""Writes foreign_tokens.json, wrapped_keys.json and legacy_*.json of tests/vectors: what other libraries made, as texts.

The tokens of each library are read by pyseto as well, before they count.

Run by hand when a library or a case is added, after `scripts/ci/differential` has installed the libraries:
`build/differential/python/bin/python scripts/make_foreign_vectors.py`. The libraries draw nonces and salts, so the texts
are new each time; keys and messages are the same.
"""
import json
import pathlib
import random
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP / "tests" / "differential"))

import messages  # noqa: E402
import peers  # noqa: E402
from exchanges import PASSWORD_COSTS, same_message, wrap_request  # noqa: E402
from keys import has_assertion, random_keys  # noqa: E402

OUT = TOP / "tests" / "vectors"
UNREADABLE = ["k1.secret-pw"]  # pyseto's form is not that of the official vectors (differences.json)
SIZES = [(255, 0, 0), (256, 256, 256), (300, 255, 257)]  # of messages, footers, assertions
# Where the third byte of a length in PAE begins. Only assertions, which a token does not carry: as messages or footers
# these would take megabytes here. tests/core/paseto/own_vectors_test.cc and tests/differential have those.
LONG_ASSERTIONS = [(301, 1, 65535), (302, 1, 65536)]


def token_cases(found, seeded, versions):
    for peer in found.values():
        for kind in (kind for kind in peer.kinds if kind[1] in versions):
            for size, footer_size, assertion_size in SIZES + (LONG_ASSERTIONS if has_assertion(kind) else []):
                keys = random_keys(kind, seeded)
                message = messages.claims(seeded, size)
                footer = messages.text(seeded, footer_size, False)
                assertion = messages.text(seeded, assertion_size, False) if has_assertion(kind) else b""
                if assertion_size > 1000:
                    assertion = assertion[:1] * assertion_size  # as "assertion_repeated" times its one letter
                token = peer.make(kind, keys.make, message, footer, assertion)
                # Libraries write claims again in their own way; pyseto tells the bytes that are in the token.
                written, _ = found["pyseto"].read(kind, keys.read, token, assertion)
                assert same_message(message, written), (peer.name, kind, message, written)
                case = {"name": f"{peer.name} {peer.version} {kind} {size}", "kind": kind, "key": keys.read,
                        "message": written.decode(), "footer": footer.decode(), "assertion": assertion.decode(),
                        "token": token}
                if assertion_size > 1000:
                    case |= {"assertion": assertion[:1].decode(), "assertion_repeated": assertion_size}
                yield case


def wrapped_cases(found, seeded, versions):
    for peer in found.values():
        for wrap_type in (name for name in peer.wraps if name[1] in versions and name not in UNREADABLE):
            costs = PASSWORD_COSTS[wrap_type[:2]] if wrap_type.endswith("pw") else PASSWORD_COSTS[wrap_type[:2]][:1]
            for number, cost in enumerate(costs):
                key, out, back = wrap_request(wrap_type, cost, seeded)
                unwrapped_with = back["with"]
                if wrap_type.endswith("pw"):
                    unwrapped_with = peers.unb64(unwrapped_with).decode()
                yield {"name": f"{peer.name} {peer.version} {wrap_type} {number}", "type": wrap_type, "key": key,
                       "unwrapped_with": unwrapped_with, "paserk": peer.wrap(**out)}


def write(name, cases):
    lines = ",\n".join("    " + json.dumps(case) for case in cases)
    (OUT / name).write_text(f'{{\n  "cases": [\n{lines}\n  ]\n}}\n')


def main():
    if peers.missing():
        sys.exit(f"not installed: {', '.join(peers.missing())}; run scripts/ci/differential first")
    programs, found = peers.start_all()
    write("foreign_tokens.json", token_cases(found, random.Random(1), "43"))
    write("wrapped_keys.json", wrapped_cases(found, random.Random(2), "43"))
    write("legacy_tokens.json", token_cases(found, random.Random(3), "21"))
    write("legacy_wrapped_keys.json", wrapped_cases(found, random.Random(4), "21"))
    for program in programs:
        program.close()


if __name__ == "__main__":
    main()
