#!/usr/bin/env python3
"""Measures ours beside the other libraries: the same tokens, keys and machine, in turns. Writes OUT/peers.json.

    bench_peers.py --ours PROGRAM OUT

Each figure is the median of the rounds' operations per second on one thread. Reading includes the JSON of the claims for
whoever parses it: ours, pyseto, both npm packages, go-paseto and pasetors do; rusty_paseto's core gives the text.
"missing" in the file names the programs that are not installed.
"""
import argparse
import json
import pathlib
import random
import statistics

import peers
from keys import KINDS, random_keys

ROUNDS = 7
SECONDS = 0.15
CLAIMS = {"iss": "https://id.example", "sub": "ada", "aud": "shop", "jti": "0190f5c8-7f2e-7000-8000-0123456789ab",
          "type": "access", "fresh": True, "iat": "2026-01-01T00:00:00Z", "nbf": "2026-01-01T00:00:00Z",
          "exp": "2099-01-01T00:00:00Z", "scope": "orders:read orders:write", "tenant": {"id": 7, "plan": "team"}}
FOOTER = b"a footer of no JSON"
OPERATIONS = {"make": {"public": "sign", "local": "seal"}, "read": {"public": "verify", "local": "open"}}


def requests(kind, ours):
    """What is measured for this kind: name -> the request that every library gets alike."""
    keys = random_keys(kind, random.Random(1))
    message = json.dumps(CLAIMS, separators=(",", ":")).encode()
    shared = {"kind": kind, "message": peers.b64(message), "footer": peers.b64(FOOTER), "assertion": "",
              "seconds": SECONDS}
    token = ours.make(kind, keys.make, message, FOOTER)
    purpose = kind.split(".")[1]
    return {OPERATIONS["make"][purpose]: {**shared, "what": "make", "key": keys.make},
            OPERATIONS["read"][purpose]: {**shared, "what": "read", "key": keys.read, "token": token}}


def measure(kind, request, libraries):
    able = [library for library in libraries if kind in library.kinds]
    rates = {library.name: [] for library in able}
    for _ in range(ROUNDS):
        for library in able:
            rates[library.name].append(library.bench(**request))
    return {name: round(statistics.median(values)) for name, values in rates.items()}


def table(results, names, missing):
    print(f"{'per second':20}" + "".join(f"{name:>18}" for name in names))
    for row, rates in results.items():
        cells = (f"{rates[name]:,} ({rates['ours'] / rates[name]:.1f}x)" if name in rates else "-" for name in names)
        print(f"{row:20}" + "".join(f"{cell:>18}" for cell in cells))
    print("In brackets: how many times as fast ours is.")
    if missing:
        print(f"Not measured, because not installed: {', '.join(missing)}.")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", required=True)
    parser.add_argument("out", type=pathlib.Path)
    options = parser.parse_args()
    programs, found = peers.start_all()
    our_program, (ours,) = peers.start([options.ours])
    libraries = [ours, *(peer for peer in found.values() if peer.kinds)]
    results = {f"{kind} {name}": measure(kind, request, libraries)
               for kind in KINDS for name, request in requests(kind, ours).items()}
    for program in [*programs, our_program]:
        program.close()
    versions = {library.name: library.version for library in libraries}
    options.out.mkdir(parents=True, exist_ok=True)
    missing = peers.missing()
    document = {"versions": versions, "missing": missing, "per_second": results}
    (options.out / "peers.json").write_text(json.dumps(document, indent=2) + "\n")
    table(results, list(versions), missing)


if __name__ == "__main__":
    main()
