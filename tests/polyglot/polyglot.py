#!/usr/bin/env python3
"""Drives the example clients of every language through one table of scenarios, against tokend and guarded shops.

    polyglot.py [--programs FOLDER] [--built FOLDER] [--require-all] [LANGUAGE...]

Every client calls the shop in C++, and each language's own shop where it has one is called by every client: a mixed
fleet. One line per client, shop and scenario; the last line counts them. README.md says more.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from fleet import TOP, Fleet
from scenarios import ALL, FORGED, SHOP


def languages(built):
    """name -> (what must be there, the client's command, the shop's command or nothing)."""
    python = built / "python/bin/python"
    examples, java = TOP / "examples", TOP / "examples/java/target"
    return {
        "python": (python, [python, examples / "python/shop_client.py"], [python, examples / "python/shop_server.py"]),
        "go": (built / "go/shop_client", [built / "go/shop_client"], [built / "go/shop_server"]),
        "typescript": (examples / "typescript/dist", ["node", examples / "typescript/dist/src/shop_client.js"], None),
        "rust": (built / "rust/debug/shop_client", [built / "rust/debug/shop_client"], None),
        "java": (java / "dependency", ["java", "-cp", f"{java}/shop-client-1.jar:{java}/dependency/*",
                                       "io.grpcpaseto.example.ShopClient"], None),
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
                              capture_output=True, text=True, timeout=300)
        output, errors = done.stdout, done.stderr
    except subprocess.TimeoutExpired as error:
        output, errors = (error.stdout or b"").decode(), "it did not end within 300 s"
    outcomes = dict(line.split("\t", 1) for line in output.splitlines() if "\t" in line)
    if errors and not wanted.keys() <= outcomes.keys():
        print(errors[-3000:], file=sys.stderr)
    return outcomes


def forge_tokens(python, fleet):
    """Tokens that must be refused, under tokend's key; clients and shops find them in the fleet's folder."""
    subprocess.run([python, TOP / "tests/polyglot/forge.py", fleet.folder], check=True, stdin=subprocess.DEVNULL)


def judge_frameworks_tokens(python, programs, fleet, counts):
    """fastapi-paseto's tokens at a guarded server, and tokend's tokens there, by each option."""
    done = subprocess.run([python, TOP / "tests/polyglot/fastapi_table.py", "--foreign-server", programs / "foreign_server",
                           "--folder", fleet.folder, "--tokend", fleet.tokend],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    for line in done.stdout.splitlines():
        direction, option, expected, outcome = line.split("\t")
        counts.take(f"fastapi-paseto, {direction}: {option}", expected, outcome)
    counts.take("fastapi-paseto: every row", "OK", "OK" if done.returncode == 0 else done.stderr[-2000:])


def scenarios_for(server, forged):
    """What only the C++ shop serves, and what only tokend or the client judges, is asked once."""
    wanted = ALL if server == "c++" else SHOP
    return wanted if forged else {name: expected for name, expected in wanted.items() if name not in FORGED}


def call_by_hand(buf, fleet, shop, counts):
    """A person's calls, as docs/clients/by-hand.md has them."""
    def curl(url, token, *options):
        done = subprocess.run([buf, "curl", "--protocol", "grpc", "--cacert", fleet.folder / "ca.crt", "--header",
                               f"authorization: Bearer {token}", *options, f"https://{url}"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode:
            print(done.stderr[:500], file=sys.stderr)
        return done.stdout

    token = (fleet.folder / "web.token").read_text().strip()
    reflect = ["--reflect-protocol", "grpc-v1alpha", "--reflect-header", f"authorization: Bearer {token}"]
    services = curl(fleet.tokend, token, *reflect, "--list-services").split()
    counts.take("buf curl -> tokend: services by reflection", True, "paseto.v1.TokenService" in services)
    request = '{"subject": "alice", "audiences": ["shop"], "scopes": ["orders:read"]}'
    for way, options in (("reflection", reflect), ("the contract's files", ["--schema", TOP / "proto"])):
        answer = json.loads(curl(f"{fleet.tokend}/paseto.v1.TokenService/Issue", token, *options, "-d", request) or "{}")
        counts.take(f"buf curl -> tokend: issue by {way}", True, "accessToken" in answer)
    image = fleet.folder / "shop.binpb"
    subprocess.run(["protoc", f"-I{TOP / 'proto'}", f"-I{TOP}", "--include_imports", "-o", image,
                    TOP / "examples/guarded_service/shop.proto"], check=True)
    order = curl(f"{shop}/examples.shop.v1.Shop/GetOrder", answer.get("accessToken", {}).get("token"), "--schema", image,
                 "--cert", fleet.folder / "client.crt", "--key", fleet.folder / "client.key", "-d", '{"order_id": "1"}')
    counts.take("buf curl -> c++: order by an image", True, '"tea"' in order)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=TOP / "build/dev/bin", help="tokend and its neighbours")
    parser.add_argument("--built", type=pathlib.Path, default=TOP / "build/polyglot", help="the examples, as built")
    parser.add_argument("--require-all", action="store_true", help="a language that is not there counts as failed")
    parser.add_argument("--buf", help="buf: calls by hand, too")
    parser.add_argument("only", nargs="*", metavar="LANGUAGE")
    flags = parser.parse_args()
    every = languages(flags.built.resolve())
    built = {name: language for name, language in every.items() if language[0].exists()}
    os.environ["PYTHONPATH"] = str(flags.built.resolve() / "python/generated")
    counts = Counts()
    for name in flags.only or every:
        if name not in built:
            print(f"{'FAIL' if flags.require_all else 'skip'} {name}: its example is not built here (scripts/ci/polyglot)")
            counts.failed += flags.require_all
            counts.skipped += not flags.require_all
    present = {name: language for name, language in built.items() if name in (flags.only or [name])}

    with tempfile.TemporaryDirectory(prefix="paseto-polyglot-") as folder, \
            Fleet(flags.programs.resolve(), pathlib.Path(folder)) as fleet:
        fleet.start_tokend()
        if "python" in built:
            forge_tokens(built["python"][0], fleet)
        else:
            print("skip forged tokens: examples/python is not built here")
            counts.skipped += 1
        if "python" in present:
            judge_frameworks_tokens(built["python"][0], flags.programs.resolve(), fleet, counts)
        shops = {"c++": fleet.start_shop("shop", flags.programs.resolve() / "shop_server")}
        if flags.buf:
            call_by_hand(flags.buf, fleet, shops["c++"], counts)
        shops |= {name: fleet.start_shop(f"{name}-shop", *server) for name, (_, _, server) in present.items() if server}
        wanted = {server: scenarios_for(server, "python" in built) for server in shops}

        def drive(name):  # clients wait more than they work
            return {server: run_client(present[name][1], fleet, shops[server], wanted[server]) for server in shops}

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for name, by_server in zip(present, pool.map(drive, present)):
                for server, outcomes in by_server.items():
                    for scenario, expected in wanted[server].items():
                        counts.take(f"{name} -> {server}: {scenario}", expected, outcomes.get(scenario, "no outcome"))
    print(f"{counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped")
    return 1 if counts.failed or not counts.passed else 0


sys.exit(main())
