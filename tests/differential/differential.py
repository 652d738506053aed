#!/usr/bin/env python3
"""Compares ours with other languages' PASETO libraries, in both directions. README.md says what is compared.

    differential.py [--ours PROGRAM] [--seed N] [--seconds S] [--require-all]

Every check with fixed sizes runs once; then tokens of random sizes are exchanged until the seconds are over. The seed is
printed: the same seed makes the same keys and messages. The last line counts the checks.
"""
import argparse
import random
import sys
import time

import peers
from claim_sets import claim_sets
from comparison import Comparison
from exchanges import compare_ids, every_boundary, exchange_wraps, random_token
from malformed import malformed_paserks, malformed_tokens, payloads, small_order_key


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", default=str(peers.TOP / "build/dev/bin/paseto_peer"))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--require-all", action="store_true", help="a peer that is not installed counts as failed")
    return parser.parse_args()


def fixed_checks(comparison, ours, peer, seeded):
    if peer.kinds:
        every_boundary(comparison, ours, peer, seeded)
        malformed_tokens(comparison, ours, peer, seeded)
        small_order_key(comparison, ours, peer)
    if peer.parses_claims:
        payloads(comparison, ours, peer, seeded, int(time.time()))
    exchange_wraps(comparison, ours, peer, seeded)
    malformed_paserks(comparison, ours, peer, seeded)
    compare_ids(comparison, ours, peer, seeded)


def random_checks(comparison, ours, every, seeded, seconds):
    readers = [peer for peer in every if peer.kinds]
    until = time.monotonic() + seconds
    while readers and time.monotonic() < until:
        for peer in readers:
            random_token(comparison, ours, peer, seeded)


def main():
    options = arguments()
    print(f"seed {options.seed}", flush=True)
    seeded = random.Random(options.seed)
    missing = peers.missing()
    for name in missing:
        print(f"the {name} peers are not installed (scripts/lib/peers.sh says why)")
    programs, found = peers.start_all()
    our_program, (ours,) = peers.start([options.ours])
    comparison = Comparison()
    for peer in found.values():
        before = comparison.passed + comparison.failed
        fixed_checks(comparison, ours, peer, seeded)
        print(f"{peer.name} {peer.version}: {comparison.passed + comparison.failed - before} checks", flush=True)
    if "pyseto" in found:
        claim_sets(comparison, ours, found["pyseto"], seeded)
    random_checks(comparison, ours, found.values(), seeded, options.seconds)
    comparison.close(found)
    for program in [*programs, our_program]:
        program.close()

    failed = comparison.failed + (len(missing) if options.require_all else 0)
    print(f"{comparison.passed} passed, {failed} failed, {0 if options.require_all else len(missing)} skipped")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(main())
