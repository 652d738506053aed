#!/usr/bin/env python3
"""Drives the example clients of every language through one table of scenarios, against tokend and guarded shops.

    polyglot.py [--programs FOLDER] [--built FOLDER] [--require-all] [LANGUAGE...]

Every client calls the shop in C++, and each language's own shop where it has one is called by every client: a mixed
fleet. One line per client, shop and scenario; the last line counts them. README.md says more.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

from fleet import TOP, Fleet
from scenarios import ALL, SHOP


def languages(built):
    """name -> (what must be there, the client's command, the shop's command or nothing)."""
    python = built / "python/bin/python"
    examples = TOP / "examples"
    return {
        "python": (python, [python, examples / "python/shop_client.py"], [python, examples / "python/shop_server.py"]),
        "go": (built / "go/shop_client", [built / "go/shop_client"], [built / "go/shop_server"]),
        "typescript": (examples / "typescript/dist", ["node", examples / "typescript/dist/src/shop_client.js"], None),
    }


class Counts:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def take(self, title, expected, got):
        good = got == expected
        print(f"{'ok  ' if good else 'FAIL'} {title}" + ("" if good else f": expected {expected!r}, got {got!r}"))
        self.passed += good
        self.failed += not good


def run_client(command, fleet, shop, wanted):
    """scenario -> outcome, as far as the client came."""
    try:
        done = subprocess.run([*command, *fleet.client_options(shop), *wanted], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        output, errors = done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        output, errors = (error.stdout or b"").decode(), "it did not end within 120 s"
    outcomes = dict(line.split("\t", 1) for line in output.splitlines() if "\t" in line)
    if errors and not wanted.keys() <= outcomes.keys():
        print(errors[-3000:], file=sys.stderr)
    return outcomes


def issue_with_buf(buf, fleet):
    """A person's call: no files of the contract, only reflection."""
    bearer = "authorization: Bearer " + (fleet.folder / "web.token").read_text().strip()
    done = subprocess.run([buf, "curl", "--protocol", "grpc", "--cacert", fleet.folder / "ca.crt", "--reflect-protocol",
                           "grpc-v1alpha", "--reflect-header", bearer, "--header", bearer, "-d", '{"subject": "alice"}',
                           f"https://{fleet.tokend}/paseto.v1.TokenService/Issue"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    return "OK" if '"v4.public.' in done.stdout else done.stderr[:500]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=TOP / "build/dev/bin", help="tokend, tokenctl, shop_server")
    parser.add_argument("--built", type=pathlib.Path, default=TOP / "build/polyglot", help="the examples, as built")
    parser.add_argument("--require-all", action="store_true", help="a language that is not there counts as failed")
    parser.add_argument("--buf", help="buf: calls tokend by reflection, too")
    parser.add_argument("only", nargs="*", metavar="LANGUAGE")
    flags = parser.parse_args()
    every = {name: language for name, language in languages(flags.built.resolve()).items() if name in (flags.only or [name])}
    os.environ["PYTHONPATH"] = str(flags.built.resolve() / "python/generated")
    counts = Counts()
    present = {name: language for name, language in every.items() if language[0].exists()}
    for name in every.keys() - present.keys():
        print(f"{'FAIL' if flags.require_all else 'skip'} {name}: its example is not built here (scripts/ci/polyglot)")
        counts.failed += flags.require_all
        counts.skipped += not flags.require_all

    with tempfile.TemporaryDirectory(prefix="paseto-polyglot-") as folder, \
            Fleet(flags.programs.resolve(), pathlib.Path(folder)) as fleet:
        fleet.start_tokend()
        if flags.buf:
            counts.take("buf curl -> tokend: issue by reflection", "OK", issue_with_buf(flags.buf, fleet))
        shops = {"c++": fleet.start_shop("shop", flags.programs.resolve() / "shop_server")}
        shops |= {name: fleet.start_shop(f"{name}-shop", *server) for name, (_, _, server) in present.items() if server}
        for name, (_, client, _) in present.items():
            for server, address in shops.items():
                wanted = ALL if server == "c++" else SHOP
                outcomes = run_client(client, fleet, address, wanted)
                for scenario, expected in wanted.items():
                    counts.take(f"{name} -> {server}: {scenario}", expected, outcomes.get(scenario, "no outcome"))
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed or not counts.passed else 0


sys.exit(main())
