"""Runs bench_all_reduce and gloo in turns and prints the tables of docs/benchmarks.md.

Called by bench/all_reduce.sh.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

from step_table import machine_line

RANKS = 2
# 8 MiB: a bucket; 45 and 90 MB: all of ResNet18's gradient.
SIZES = [64 << 10, 1 << 20, 8 << 20, 45_000_000, 90_000_000]
RING = {"OMPI_MCA_coll_tuned_use_dynamic_rules": "1", "OMPI_MCA_coll_tuned_allreduce_algorithm": "4"}
TRANSPORTS = {"shared memory": "sm,self", "TCP": "tcp,self"}


def call(words, environment):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=180,
                          env=os.environ | environment)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return {(line["type"], line["bytes"]): line for line in lines}


class Bench:
    def __init__(self, options):
        self.program = os.path.join(options.build, "bench", "bench_all_reduce")
        self.words = [str(options.seconds), str(options.repeats), *map(str, SIZES)]

    def ours(self, btl, environment):
        launch = [".venv/bin/mpirun", "--oversubscribe", "--mca", "btl", btl, "-n", str(RANKS)]
        return call([*launch, self.program, *self.words], environment)

    def gloo(self):
        return call([sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(RANKS),
                     "bench/all_reduce_gloo.py", *self.words], {"GLOO_SOCKET_IFNAME": "lo"})


def describe(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def name_of(size):
    if size < 1 << 20:
        return f"{size >> 10} KiB"
    return f"{size >> 20} MiB" if size % (1 << 20) == 0 else f"{size // 10**6} MB"


def print_table(transport, results):
    """Ratios are of medians within one round; median, least and most are over the rounds. Above 1: ours is faster."""
    def seconds(way, key, name):
        return [statistics.median(run[key][name]) for run in results[way]]

    def ratios(over, key, name):
        return [b / a for a, b in zip(seconds(transport, key, "unmask"), seconds(over, key, name))]

    ring = transport + ", ring"
    titles = [transport, "ms", "GB/s", "bus GB/s", "raw MPI", "sizes compared", "gloo"] + ["ring"] * (ring in results)
    print("\n| " + " | ".join(titles) + " |\n" + "|---" * len(titles) + "|")
    for key in results[transport][0]:
        kind, size = key
        median = statistics.median(seconds(transport, key, "unmask"))
        speed = size / median / 1e9
        others = [ratios(transport, key, "mpi"), ratios(transport, key, "compared"), ratios("gloo", key, "gloo")]
        others += [ratios(ring, key, "unmask")] if ring in results else []
        print(f"| {kind}, {name_of(size)} | {median * 1e3:.3f} | {speed:.2f} | {speed * 2 * (RANKS - 1) / RANKS:.2f} | "
              + " | ".join(map(describe, others)) + " |")
    for over, name, title, aim in (transport, "mpi", "raw MPI", 0.9), ("gloo", "gloo", "gloo", 1.0):
        missed = [f"{kind} {name_of(size)}" for kind, size in results[transport][0]
                  if statistics.median(ratios(over, (kind, size), name)) < aim]
        print(f"{'' if name == 'gloo' else chr(10)}Beside {title}, aim {aim}: " +
              ("reached everywhere" if not missed else "missed by " + ", ".join(missed)) + ".")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=5, help="of each way, in turns, within a run")
    parser.add_argument("--seconds", type=float, default=0.05, help="that a repeat lasts")
    parser.add_argument("--ring", action="store_true", help="also with Open MPI's ring algorithm forced")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    bench = Bench(options)
    runs = {"gloo": bench.gloo}
    for transport, btl in TRANSPORTS.items():
        runs[transport] = lambda btl=btl: bench.ours(btl, {})
        if options.ring:
            runs[transport + ", ring"] = lambda btl=btl: bench.ours(btl, RING)
    results = {name: [] for name in runs}
    for number in range(options.rounds):
        for name, run in list(runs.items())[:: 1 if number % 2 == 0 else -1]:
            results[name].append(run())
    print(machine_line(load))
    print(f"settings: {RANKS} ranks, not bound to cores; {options.rounds} rounds in turns, each {options.repeats} "
          f"repeats of {options.seconds} s a way; gloo over TCP on lo, its only transport here; GB/s: bytes over time, "
          f"bus: times 2(n-1)/n")
    for transport in TRANSPORTS:
        print_table(transport, results)


if __name__ == "__main__":
    main()
