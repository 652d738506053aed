#!/usr/bin/env python3
"""Makes summary.json from the benchmark outputs in a folder, and prints the figures, beside their budget if they have one."""
import json
import pathlib
import statistics
import sys

# key: (what it is, "<=" or ">=", budget)
BUDGET = {
    "core.v4_public_verify_vs_raw": ("whole verify / raw Ed25519 verify", "<=", 1.10),
    "core.v4_public_sign_vs_raw": ("whole sign / raw Ed25519 sign", "<=", 1.25),
    "core.v4_local_open_vs_raw": ("whole open / raw primitives", "<=", 2.5),
    "core.cached_verify_speedup": ("cold verify / cached verify", ">=", 80),
    "core.cached_verify_scaling": ("2 threads / 1 thread, worst of two mixes, against a hash loop", ">=", 0.9),
    "core.cached_verify_flood": ("verify through a full cache, every token new / cold verify", "<=", 1.10),
    "feed.revocation_bytes": ("heap per active revocation in a verifier, at 1,000,000", "<=", 64),
    "grpc.unary_gate_cpu_ratio": ("server CPU per call, guarded / unguarded", "<=", 1.10),
    "grpc.unary_gate_instr_ratio": ("instructions per call, guarded / unguarded", "<=", 1.12),
    "grpc.unary_cold_cpu_overhead": ("what a token seen first adds to a call / a raw verification", "<=", 1.25),
    "grpc.flood_throughput_ratio": ("calls per CPU beside 100,000 wrong signatures / beside wrong forms", ">=", 0.90),
    "grpc.stream_message_ratio": ("1 KiB messages per second, guarded / plain, worst of four", ">=", 0.83),
    "grpc.stream_guard_ratio": ("the same, guarded / under an empty interceptor", ">=", 0.98),
    "grpc.streams_bytes_each": ("heap that the guard adds per live stream, at 10,000", "<=", 1536),
    "grpc.revoke_10k_streams_s": ("one revocation ends 10,000 streams; seconds until the last client knows", "<=", 1.0),
    "service.refresh_vs_echo": ("durable refreshes per second / echo", ">=", 0.33),
    "service.issue_vs_echo": ("durable issues of a pair per second / echo", ">=", 0.25),
    "service.refresh_p99_ms": ("p99 of refreshes that come at half that rate, by the clock", "<=", 10),
    "service.refresh_growth_1m": ("cost of a refresh with 1,000,000 sessions and revocations / with 10,000", "<=", 1.5),
    "service.start_ms_1m": ("from the start of tokend until it serves, on that store", "<=", 500),
    "service.idle_rss_mib": ("memory of tokend at rest", "<=", 64),
    "feed.propagation_p99_ms": ("from a Revoke's answer until each of 100 verifiers refuses, p99", "<=", 50),
}

# key: what it is. These have no budget.
SHOWN = {
    "core.verify_allocations": "allocations per whole verify",
    "core.cached_verify_allocations": "allocations per cached verify",
    "store.rotation_p99_ms": "p99 of a rotation in the store, 64 in flight",
    "store.rotation_p99_cleaning_ms": "the same while expired sessions are deleted",
    "service.issue_vs_refresh_1m": "new sessions per second / refreshes per second, with 1,000,000 sessions",
    "service.refresh_p50_ms": "p50 of refreshes that come at half their rate, by the clock",
    "service.disk_flush_ms": "4 KiB overwritten and flushed, alone: a refresh waits for two flushes",
    "grpc.empty_gate_cpu_ratio": "server CPU per call, a gate that asks nothing / unguarded: what gRPC takes for any gate",
    "grpc.plain_end_10k_streams_s": "a server without a guard ends 10,000 streams itself; seconds, likewise",
    "service.start_after_kill_ms_1m": "from the start of tokend until it serves, on that store after kill -9",
}


def repeated(path, field, combine=statistics.median):
    """The median of `field` over the repetitions of each benchmark, or what else `combine` makes of them."""
    values = {}
    for run in json.loads(path.read_text())["benchmarks"]:
        if run["run_type"] == "iteration":
            name = run["name"].removesuffix(f"/repeats:{run['repetitions']}")
            if field in run:
                values.setdefault(name, []).append(run[field])
    return {name: combine(samples) for name, samples in values.items()}


def core_figures(path):
    time = repeated(path, "cpu_time", min)  # what others take of the machine only adds
    rate = repeated(path, "items_per_second", statistics.mean)  # a processor that others use has two speeds, and changes
    allocations = repeated(path, "allocations")
    cached_alone = "CachedVerify/tokens:1/processor:0/real_time/threads:1"

    def scaling(name):
        """Two threads, each on its own processor, over one thread, as the mean of both processors."""
        both = [[rate[f"{name}/processor:{p}/real_time/threads:{threads}"] for p in (0, 1)] for threads in (1, 2)]
        return statistics.mean(both[1]) / statistics.mean(both[0])

    worst = min(scaling("CachedVerify/tokens:1"), scaling("CachedVerify/tokens:256"))
    return {
        "core.v4_public_verify_vs_raw": time["WholeVerify"] / time["RawVerify"],
        "core.v4_public_sign_vs_raw": time["WholeSign"] / time["RawSign"],
        "core.v4_local_open_vs_raw": time["WholeLocalOpen"] / time["RawLocalOpen"],
        "core.cached_verify_speedup": time["WholeVerify"] / time[cached_alone],
        "core.cached_verify_scaling": worst / scaling("HashLoop"),
        "core.cached_verify_flood": time["FloodVerify"] / time["WholeVerify"],
        "feed.revocation_bytes": repeated(path, "bytes_each")["RevocationMemory/iterations:1"],
        "core.verify_allocations": allocations["WholeVerify"],
        "core.cached_verify_allocations": allocations[cached_alone],
    }


def store_figures(path):
    p99 = repeated(path, "p99_ms")
    setting = "Rotations/{}/sessions:10000/in_flight:64/real_time"
    return {
        "store.rotation_p99_ms": p99[setting.format("plain")],
        "store.rotation_p99_cleaning_ms": p99[setting.format("Cleaning")],
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    gate = json.loads((folder / "gate.json").read_text())
    service = json.loads((folder / "service.json").read_text())
    figures = core_figures(folder / "core.json")
    figures.update(store_figures(folder / "store.json"))
    figures["grpc.unary_gate_cpu_ratio"] = gate["ratio"]
    figures["grpc.empty_gate_cpu_ratio"] = gate["empty_gate_ratio"]
    figures["grpc.unary_gate_instr_ratio"] = gate["instruction_ratio"]
    figures["grpc.unary_cold_cpu_overhead"] = gate["cold_overhead"]
    figures["grpc.flood_throughput_ratio"] = gate["flood_ratio"]
    stream = json.loads((folder / "stream.json").read_text())
    for key in ("stream_message_ratio", "stream_guard_ratio", "streams_bytes_each", "revoke_10k_streams_s",
                "plain_end_10k_streams_s"):
        figures[f"grpc.{key}"] = stream[key]
    for key in ("refresh_vs_echo", "issue_vs_echo", "refresh_p99_ms", "refresh_p50_ms", "disk_flush_ms",
                "idle_rss_mib"):
        figures[f"service.{key}"] = service[key]
    scale = json.loads((folder / "scale.json").read_text())
    for key in ("refresh_growth_1m", "issue_vs_refresh_1m", "start_ms_1m", "start_after_kill_ms_1m"):
        figures[f"service.{key}"] = scale[key]
    feed = json.loads((folder / "feed.json").read_text())
    figures["feed.propagation_p99_ms"] = feed["propagation_p99_ms"]

    summary = {}
    print(f"\n{'key':34} {'value':>8}  {'budget':>8}  met  what")
    for key, value in figures.items():
        if key in SHOWN:
            summary[key] = {"value": round(value, 4)}
            print(f"{key:34} {value:8.3f}  {'shown':>8}       {SHOWN[key]}")
            continue
        what, direction, budget = BUDGET[key]
        met = value <= budget if direction == "<=" else value >= budget
        summary[key] = {"value": round(value, 4), "budget": f"{direction} {budget}", "met": met}
        print(f"{key:34} {value:8.3f}  {direction} {budget:<5}  {'yes' if met else 'NO ':3}  {what}")
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    print(f"\nwritten to {folder / 'summary.json'}")


main()
