"""The parts of `make gpu`: what the GPUs of this machine do with unmask, beside torch.compile (bench/gpu_peer.py).

usage: gpu.py PART [--cpu] [--build DIR] [--out DIR]

setup makes the data and `parts` names the parts, each of which takes less than ten minutes, needs no network and leaves
OUT/PART.json; `table` prints what docs/gpu.md shows. --cpu runs the same code on CPUs with tiny data, so that it
doesn't rot: its numbers mean nothing.
"""
import argparse
import csv
import hashlib
import json
import math
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

from step_table import call, machine_line
from sweep_support import BOTH, ENVIRONMENT, REPOSITORY, in_turns, load, spread, write_config

MPIRUN = REPOSITORY / ".venv/bin/mpirun"
# Of a rank: its batch, and the workers of the peer's DataLoader. `crops` of each of two datasets.
GPU = {"px": 224, "crops": 4096, "val": 128, "batch": 256, "microbatches": (32, 64, 128, 256), "epochs": 6,
       "workers": 8, "rounds": 2, "trials": 8}
CPU = {"px": 32, "crops": 12, "val": 12, "batch": 8, "microbatches": (4, 8), "epochs": 2, "workers": 1, "rounds": 1,
       "trials": 4}
CALLS = ("launches", "waits", "copies", "allocations")  # of bench/gpu_call.h


class Sampler:
    """The share of the time in which a kernel runs, as the driver tells it; the mean of the run's second half."""

    def __init__(self):
        self.process = None
        if shutil.which("nvidia-smi"):
            words = "nvidia-smi --query-gpu=utilization.gpu --format=csv,noheader,nounits -lms 200"
            self.process = subprocess.Popen(words.split(), stdout=subprocess.PIPE, text=True)

    def share(self):
        if self.process is None:
            return None
        self.process.terminate()
        values = [int(word) for word in self.process.communicate()[0].split() if word.isdigit()]
        values = values[len(values) // 2:]
        return max(values) / 100 if len(values) < 2 else statistics.mean(values) / 100


class Bench:
    def __init__(self, options):
        self.options, self.sizes = options, CPU if options.cpu else GPU
        self.device = "cpu" if options.cpu else "cuda"
        self.stores, self.half, self.crops = (options.out / name for name in ("stores", "half", "crops.npy"))

    def gpus(self):
        """1, 2, 4, 8: as many as there are."""
        if self.options.cpu:
            return [1, 2]
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True)
        count = len(listed.stdout.splitlines()) if listed.returncode == 0 else 0
        if count == 0:
            sys.exit("gpu.py: nvidia-smi lists no GPU here; --cpu tries the scripts without one")
        return [ranks for ranks in (1, 2, 4, 8) if ranks <= count]

    def parts(self):
        return [f"train-{ranks}" for ranks in self.gpus()] + ["microbatch", "graphs", "sums", "sharing", "bits",
                                                                "calls"]

    def images(self, part=1):
        """Crops to train on, of a `part`-th of the frames: make_tiny_stores leaves a face out of every 17th."""
        frames = self.sizes["crops"] // part
        return 2 * (frames - frames // 17)

    def setup(self):
        import numpy
        maker, px = self.options.build / "tests/make_tiny_stores", self.sizes["px"]
        for stores, crops in ((self.stores, self.sizes["crops"]), (self.half, self.sizes["crops"] // 2)):
            subprocess.run(list(map(str, [maker, stores, px, crops, self.sizes["val"]])), check=True)
        shape = (self.images(), px, px, 3)
        numpy.save(self.crops, numpy.random.default_rng(0).integers(0, 256, shape, numpy.uint8))

    def start(self, command, name, ranks, settings, space=(), stores=None, **variables):
        """A run of the real program. Returns its folder and the seconds from its launch to its exit."""
        config, run = self.options.out / f"{name}.toml", self.options.out / "runs" / name
        shutil.rmtree(run, ignore_errors=True)
        given = {**BOTH, "train.precision": "fp32" if self.options.cpu else "bf16", "train.score_train_crops": 0,
                 "train.epochs": self.sizes["epochs"], "runtime.device": self.device, "runtime.report_every_s": 0}
        write_config(config, stores or self.stores, {**given, **settings}, space)
        words = list(map(str, [MPIRUN, "--oversubscribe", "-n", ranks, self.options.build / "unmask", command, config,
                               "--run", run]))
        begin = time.monotonic()
        done = subprocess.run(words, env={**ENVIRONMENT, **variables}, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return run, time.monotonic() - begin

    def train(self, name, ranks, microbatch, batch, variables=None, **settings):
        """images/s of steps, and of epochs from the loader, and the exposed share; the first epoch warms up."""
        sampler = Sampler()
        batches = {"train.microbatch_size": microbatch, "train.global_batch_size": batch}
        run, _ = self.start("train", name, ranks, {**batches, **settings}, **(variables or {}))
        share = sampler.share()
        with open(run / "trials/0000/timing.csv") as file:
            rows = list(csv.DictReader(file))[1:]
        keys = ("load_s", "forward_s", "backward_s", "exposed_s", "optimizer_s")
        seconds = [{key: float(row[key]) for key in keys} for row in rows]
        wholes = [sum(parts.values()) for parts in seconds]
        return {"steps": statistics.median(self.images() / (whole - parts["load_s"])
                                           for whole, parts in zip(wholes, seconds)),
                "epochs": statistics.median(self.images() / whole for whole in wholes),
                "exposed": statistics.median(parts["exposed_s"] / whole for whole, parts in zip(wholes, seconds)),
                "kernels": share}

    def peer(self, ranks):
        sampler = Sampler()
        words = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", ranks,
                 REPOSITORY / "bench/gpu_peer.py", self.device, self.crops, self.sizes["batch"], self.sizes["epochs"],
                 self.sizes["workers"]]
        told = call(list(map(str, words)))
        return {"steps": told["steps"], "epochs": statistics.median(told["epochs"][1:]), "kernels": sampler.share()}

    def beside_the_peer(self, ranks):
        size = self.sizes["batch"]
        return in_turns({"unmask": lambda: self.train(f"train-{ranks}", ranks, size, size * ranks),
                         "torch.compile": lambda: self.peer(ranks)}, self.sizes["rounds"])

    def microbatch(self):
        batch = max(self.sizes["microbatches"])
        return in_turns({str(size): lambda size=size: self.train(f"microbatch-{size}", 1, size, batch)
                         for size in self.sizes["microbatches"]}, self.sizes["rounds"])

    def graphs(self):
        """Microbatches from a graph, and enqueued operator by operator."""
        size = min(self.sizes["microbatches"])
        return in_turns({who: lambda name=f"graphs-{value}", value=value: self.train(
            name, 1, size, self.sizes["batch"], {"UNMASK_CUDA_GRAPHS": value})
            for who, value in (("graph", "1"), ("operators", "0"))}, self.sizes["rounds"])

    def sums(self):
        ranks, size = max(self.gpus()), self.sizes["batch"]
        return in_turns({kind: lambda kind=kind: self.train(f"sums-{kind}", ranks, size, size * ranks,
                                                            **{"train.reduction": kind})
                         for kind in ("fixed_point", "float")}, self.sizes["rounds"])

    def sharing(self):
        """Trials an hour, from launch to exit, of a sweep of small trials on one GPU."""
        small = {"train.global_batch_size": 32 if not self.options.cpu else 8, "train.epochs": 2,
                 "train.microbatch_size": 32 if not self.options.cpu else 4, "sweep.mode": "concurrent"}
        rates = {}
        for ranks in (1, 2, 4):
            space = {"optimizer.max_lr": {"choice": [1e-5 * (trial + 1) for trial in range(self.sizes["trials"])]}}
            _, wall_s = self.start("sweep", f"sharing-{ranks}", ranks,
                                   {**small, "runtime.ranks_per_gpu": ranks, "sweep.sampler": "grid"}, space,
                                   **({} if self.options.cpu else {"CUDA_VISIBLE_DEVICES": "0"}))
            rates[str(ranks)] = 3600 * self.sizes["trials"] / wall_s
        return rates

    def bits(self):
        """Digests of what a trial leaves, by number of GPUs, and on one without graphs."""
        left = {}
        size = self.sizes["batch"]
        batch = {"train.microbatch_size": max(2, size // 8), "train.global_batch_size": size}
        ways = {str(ranks): (ranks, "1") for ranks in self.gpus()} | {"1 without graphs": (1, "0")}
        for way, (ranks, graphs) in ways.items():
            run, _ = self.start("train", f"bits-{ranks}-{graphs}", ranks, {**batch, "train.epochs": 2},
                                UNMASK_CUDA_GRAPHS=graphs)
            files = [(run / "trials/0000" / name).read_bytes() for name in ("best.safetensors", "metrics.csv")]
            left[way] = [hashlib.sha256(content).hexdigest() for content in files]
        if len(set(map(tuple, left.values()))) != 1:
            sys.exit(f"gpu.py: not the same bits on other numbers of GPUs: {left}")
        return left

    def calls_of_run(self, microbatches, part, stores):
        """What a run asks of CUDA in all, by kind, nothing where no CUDA is; and its steps."""
        size, name = self.sizes["batch"], f"calls-{microbatches}-{part}"
        file = self.options.out / f"{name}.txt"
        file.unlink(missing_ok=True)
        settings = {"train.microbatch_size": size // microbatches, "train.global_batch_size": size, "train.epochs": 2}
        self.start("train", name, 1, settings, stores=stores, UNMASK_GPU_CALLS=str(file),
                   CUDA_INJECTION64_PATH=str(self.options.build / "bench/libgpu_calls.so"))
        processes = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        counts = {kind: sum(told[kind] for told in processes) for kind in CALLS} if processes else {}
        return counts, 2 * math.ceil(self.images(part) / size)

    def calls(self):
        """What a step asks of CUDA (bench/gpu_calls.cc), by microbatches: a run of twice the steps, less one with as
        many epochs and as much to score."""
        counted = {}
        for microbatches in (1, 4):
            whole, steps = self.calls_of_run(microbatches, 1, self.stores)
            half, fewer = self.calls_of_run(microbatches, 2, self.half)
            counted[str(microbatches)] = {kind: (whole[kind] - half[kind]) / (steps - fewer) for kind in whole}
        return counted

    def run(self, part):
        before = load()
        if part.startswith("train-"):
            result = self.beside_the_peer(int(part.removeprefix("train-")))
        else:
            result = getattr(self, part)()
        told = {"part": part, "machine": self.machine(before), "result": result}
        (self.options.out / f"{part}.json").write_text(json.dumps(told, indent=1) + "\n")

    def machine(self, before):
        if self.options.cpu:
            return machine_line(before)
        names = subprocess.run(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"],
                               capture_output=True, text=True).stdout.splitlines()
        return f"{len(names)} × {names[0]}; {machine_line(before)}"


def percent(values):
    values = [value for value in values if value is not None]
    return f"{100 * statistics.median(values):.1f}" if values else "-"


def print_table(out):
    told = {file.stem: json.loads(file.read_text()) for file in sorted(out.glob("*.json"))}
    for machine in sorted({part["machine"] for part in told.values()}):
        print(machine)
    print("\n| GPUs | who | images/s of steps | of epochs from the loader | kernels run, % | exposed, % |")
    print("|---|---|---|---|---|---|")
    trained = sorted((name for name in told if name.startswith("train-")), key=lambda name: int(name[6:]))
    for name in trained:
        for who, runs in told[name]["result"].items():
            print(f"| {name[6:]} | {who} | {spread([run['steps'] for run in runs], 0)} | "
                  f"{spread([run['epochs'] for run in runs], 0)} | {percent([run['kernels'] for run in runs])} | "
                  f"{percent([run.get('exposed') for run in runs])} |")
    for name, first in (("microbatch", "microbatch, one GPU"), ("graphs", "microbatches of 32, one GPU"),
                        ("sums", "sums, all GPUs")):
        if name in told:
            print(f"\n| {first} | images/s of steps |\n|---|---|")
            for who, runs in told[name]["result"].items():
                print(f"| {who} | {spread([run['steps'] for run in runs], 0)} |")
    if "sharing" in told:
        print("\n| ranks on one GPU | trials an hour |\n|---|---|")
        for ranks, rate in told["sharing"]["result"].items():
            print(f"| {ranks} | {rate:.0f} |")
    if "calls" in told:
        print(f"\n| microbatches of a step, one GPU | {' | '.join(CALLS)} |\n|---|{'---|' * len(CALLS)}")
        for microbatches, counted in told["calls"]["result"].items():
            print(f"| {microbatches} | {' | '.join(f'{counted[kind]:.1f}' if counted else '-' for kind in CALLS)} |")
    if "bits" in told:
        print(f"\nSame bits of weights and metrics.csv on GPUs: {', '.join(told['bits']['result'])}.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part")
    parser.add_argument("--cpu", action="store_true", help="the same code on CPUs, tiny")
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build")
    parser.add_argument("--out", type=pathlib.Path, default=REPOSITORY / "build/gpu")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    bench = Bench(options)
    if options.part == "setup":
        bench.setup()
    elif options.part == "parts":
        print(*bench.parts())
    elif options.part == "table":
        print_table(options.out)
    elif options.part in bench.parts():
        bench.run(options.part)
    else:
        parser.error(f"no part {options.part}: wanted one of setup, table, {', '.join(bench.parts())}")


if __name__ == "__main__":
    main()
