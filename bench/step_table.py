"""Runs bench_step and its Python peer in turns and prints the table of docs/benchmarks.md. Called by bench/step.sh."""
import argparse
import json
import os
import statistics
import subprocess
import sys

RANKS, PX, BATCH = 2, 224, 32
# processor: time of all threads of rank zero's process.
PARTS = ("load", "forward", "backward", "exposed", "optimizer", "processor")


def cpu_model():
    with open("/proc/cpuinfo") as info:
        text = info.read()
    name = next(line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name"))
    return name + (", AMX" if " amx_bf16 " in text else ", no AMX")


def machine_line(load_before):
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    return (f"machine: {cpu_model()}, {os.cpu_count()} cores, load before {load_before:.1f}, "
            f"after {os.getloadavg()[0]:.1f}; commit {commit}")


def call(words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=1800)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return json.loads(lines[-1])


class Bench:
    def __init__(self, options):
        self.options = options
        self.program = os.path.join(options.build, "bench", "bench_step")
        self.stores = os.path.join(options.build, "bench", "step_data")
        self.crops = os.path.join(self.stores, "train.u8")
        if os.path.exists(self.crops):
            return
        maker = os.path.join(options.build, "tests", "make_tiny_stores")
        subprocess.run([maker, self.stores, str(PX), "600", "60"], check=True)
        subprocess.run([self.program, self.stores, "--px", str(PX), "--dump", self.crops + ".part"], check=True)
        os.rename(self.crops + ".part.labels", self.crops + ".labels")
        os.rename(self.crops + ".part", self.crops)

    def ours(self, precision, **settings):
        given = {"precision": precision, "px": PX, "batch-per-rank": BATCH, "steps": self.options.steps,
                 "warmup": self.options.warmup, **settings}
        words = [word for name, value in given.items() for word in ("--" + name, str(value))]
        return call([".venv/bin/mpirun", "--oversubscribe", "-n", str(RANKS), self.program, self.stores, *words])

    def peer(self, precision, workers, steps=None):
        return call([sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(RANKS),
                     "bench/ddp_step.py", self.crops, precision, str(workers), str(steps or self.options.steps),
                     str(self.options.warmup), str(PX), str(BATCH)])


def speed(result):
    """Of the whole run: all images over all seconds."""
    return statistics.harmonic_mean(result["images_per_s"])


def describe(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def print_heading(options, chosen):
    print(machine_line(options.load))
    print(f"settings: {RANKS} ranks x 1 thread, not bound to cores, {PX} px, {BATCH} samples a rank, head linear, "
          f"dropout 0.75, Adam; {options.rounds} rounds in turns, each {options.warmup} steps to warm up and "
          f"{options.steps} timed")
    if chosen:
        print("peer: DDP over gloo, torchvision's ResNet18 channels_last and transforms, Adam(fused=True), DataLoader "
              "workers a rank " + ", ".join(f"{precision} {workers}" for precision, workers in chosen.items())
              + ("" if options.workers is not None else " (the fastest of 0, 1, 2)")
              + "; decoded crops read from one file")


def print_table(results):
    print(f"\n{'img/s':36}{'median':>8}{'least':>8}{'most':>8}  ms a step: {', '.join(PARTS)}")
    for name, runs in results.items():
        steps = [value for run in runs for value in run["images_per_s"]]
        parts = [f"{statistics.median(run[part] for run in runs):.0f}" if part in runs[0] else "in backward"
                 for part in PARTS]
        print(f"{name:36}{statistics.median(steps):8.1f}{min(steps):8.1f}{max(steps):8.1f}  {', '.join(parts)}")


def ratios(results, over, under):
    return [speed(a) / speed(b) for a, b in zip(results[over], results[under])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--ours", action="store_true", help="no peer; ends with the line NN.N img/s")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--warmup", type=int, default=2)
    parser.add_argument("--workers", type=int, help="of the peer's DataLoader; else the fastest of 0, 1, 2")
    options = parser.parse_args()
    options.load = os.getloadavg()[0]
    bench = Bench(options)
    runs = {"unmask bf16": lambda: bench.ours("bf16")}
    chosen = {}
    if not options.ours:
        for precision in ("bf16", "fp32"):
            if options.workers is not None:
                chosen[precision] = options.workers
                continue
            steps = min(4, options.steps)
            tried = {workers: speed(bench.peer(precision, workers, steps)) for workers in (0, 1, 2)}
            chosen[precision] = max(tried, key=tried.get)
            speeds = ", ".join(f"{workers}: {images:.1f}" for workers, images in tried.items())
            print(f"peer {precision}, img/s by workers a rank: {speeds}", flush=True)
        runs |= {
            "DDP bf16": lambda: bench.peer("bf16", chosen["bf16"]),
            "unmask bf16, float sums": lambda: bench.ours("bf16", reduction="float"),
            "unmask bf16, synthetic data": lambda: bench.ours("bf16", data="synthetic"),
            "unmask fp32": lambda: bench.ours("fp32"),
            "DDP fp32": lambda: bench.peer("fp32", chosen["fp32"]),
        }
    results = {name: [] for name in runs}
    for number in range(options.rounds):
        for name, run in list(runs.items())[:: 1 if number % 2 == 0 else -1]:
            results[name].append(run())
    print_heading(options, chosen)
    print_table(results)
    if options.ours:
        print(f"\n{statistics.median(speed(run) for run in results['unmask bf16']):.1f} img/s")
        return
    shares = [1 - ratio for ratio in ratios(results, "unmask bf16", "unmask bf16, float sums")]
    losses = [1 - ratio for ratio in ratios(results, "unmask bf16", "unmask bf16, synthetic data")]
    print("\nover the rounds, median (least to most), each of a whole round's images over its seconds:")
    for precision in chosen:
        print(f"unmask over DDP, {precision}: {describe(ratios(results, 'unmask ' + precision, 'DDP ' + precision))} x")
        pairs = zip(results["unmask " + precision], results["DDP " + precision])
        spent = [peer["processor"] / own["processor"] for own, peer in pairs]
        print(f"  by processor time of rank zero (without the peer's workers): {describe(spent)} x")
    print(f"share of the fixed-point reduction: {describe([100 * share for share in shares])} %")
    print(f"cost of real data: {describe([100 * loss for loss in losses])} %")


if __name__ == "__main__":
    main()
