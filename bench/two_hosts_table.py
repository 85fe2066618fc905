"""Runs bench_step on two hosts with and without overlap, in turns, and prints the tables.

Called by bench/two_hosts.sh.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

from step_table import PARTS, PX, machine_line, speed

MODES = ("off", "on")


def call(options, words):
    """On one rank a host; the last JSON line."""
    launch = [options.tb, "mp", "--host", "h1:1,h2:1", "-n", "2"]
    done = subprocess.run([*launch, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=900,
                          stdin=subprocess.DEVNULL)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(lines[-1])


def step(options, stores, overlap):
    given = {"precision": options.precision, "px": PX, "batch-per-rank": options.batch, "warmup": 1,
             "steps": options.steps, "data": "synthetic", "overlap": overlap}
    words = [word for name, value in given.items() for word in ("--" + name, str(value))]
    return call(options, [os.path.join(options.build, "bench", "bench_step"), stores, *words])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--tb", required=True)
    parser.add_argument("--gbit", type=float, default=1, help="of the link; bench/two_hosts.sh sets it")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--batch", type=int, default=32, help="samples a rank: one microbatch")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--json", metavar="FILE", help="for bench/scaling_model.py --check")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    stores = os.path.join(options.build, "bench", "step_data")
    if not os.path.exists(stores):
        maker = os.path.join(options.build, "tests", "make_tiny_stores")
        subprocess.run([maker, stores, str(PX), "600", "60"], check=True)
    results = {mode: [] for mode in MODES}
    sums = []
    for number in range(options.rounds):
        sums.append(call(options, [os.path.join(options.build, "bench", "bench_all_reduce"), "0.5", "1", str(8 << 20)]))
        for mode in MODES[:: 1 if number % 2 == 0 else -1]:
            results[mode].append(step(options, stores, mode))
    print(machine_line(load))
    print(f"settings: 2 hosts of one rank, 1 thread, {options.gbit:g} Gbit/s between them, {options.precision}, "
          f"{PX} px, {options.batch} samples a rank, synthetic data; {options.rounds} rounds in turns, each 1 step to "
          f"warm up and {options.steps} timed")
    bucket = statistics.median(sample for run in sums for sample in run["unmask"])
    print(f"all-reduce of 8 MiB of int64: {1e3 * bucket:.1f} ms, {(8 << 20) * 8 / bucket / 1e9:.2f} Gbit/s each way")
    print("\n| `runtime.overlap` | img/s (least to most) | " + " | ".join(PARTS) + " |")
    print("|---" * (len(PARTS) + 2) + "|")
    medians = {}
    for mode, runs in results.items():
        speeds = [speed(run) for run in runs]
        medians[mode] = {part: statistics.median(run[part] for run in runs) for part in PARTS}
        print(f"| {mode} | {statistics.median(speeds):.1f} ({min(speeds):.1f} to {max(speeds):.1f}) | "
              + " | ".join(f"{value:.0f}" for value in medians[mode].values()) + " |")
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"ranks": 2, "gbit": options.gbit, **medians}, file)


if __name__ == "__main__":
    main()
