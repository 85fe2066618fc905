"""A sweep beside what a Python user would pick: Optuna that starts a process a trial, and Ray Tune; on two cores, two
trials at a time.

usage: sweep_peer.py [--rounds N] [--trials N] [--epochs LEAST MOST] [--px N] [--train N] [--val N] [--peers NAME…]
                     [--workers N] [--build DIR]

Ours: mpirun -n 2 unmask sweep, a random space. The peer is given the points that ours drew (from its results.csv) and
trains the same crops with sweep_peer_train.py: Optuna starts it by torchrun as for a cluster and by plain python, Ray
Tune calls it in its workers. Prints Markdown.
"""
import argparse
import csv
import importlib.metadata
import json
import os
import pathlib
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import numpy

import sweep_support
from step_table import machine_line
from sweep_support import REPOSITORY, percent, spread

try:
    import optuna
    from optuna.storages.journal import JournalFileBackend
except ImportError:
    sys.exit("sweep_peer.py: no optuna here; run it with a Python that has optuna, torch and torchvision")

CORES = 2
PEERS = ["Optuna, torchrun", "Optuna, python", "Ray Tune"]
SPACE = {"optimizer.max_lr": {"log_uniform": [1e-4, 1e-2]}, "optimizer.pct_start": {"uniform": [0.2, 0.5]},
         "model.dropout": {"choice": [0.0, 0.5, 0.75]}}


def read_crops(file, px):
    """The images and labels of a store with raw crops (docs/formats.md)."""
    data = file.read_bytes()
    rows, _, index, index_bytes = struct.unpack_from("<4Q", data, 24)
    pixels, labels = [], []
    for at in range(index, index + index_bytes, index_bytes // rows if rows else 1):
        offset, size = struct.unpack_from("<2Q", data, at)
        if size == 0:
            continue  # no face was found
        pixels.append(numpy.frombuffer(data, numpy.uint8, 3 * px * px, offset))
        labels.append(data[at + 28])
    return numpy.concatenate(pixels), numpy.array(labels, numpy.uint8)


def dump_crops(stores, folder, px):
    folder.mkdir()
    for split in ("train", "val"):
        parts = [read_crops(stores / dataset / f"{split}.crops", px) for dataset in ("base", "augment")]
        numpy.concatenate([pixels for pixels, _ in parts]).tofile(folder / f"{split}.u8")
        numpy.concatenate([labels for _, labels in parts]).tofile(folder / f"{split}.u8.labels")


def points_of(results):
    """What unmask drew, by the names that the peer's script has for it."""
    return [{"max_lr": float(row["optimizer.max_lr"]), "pct_start": float(row["optimizer.pct_start"]),
             "dropout": float(row["model.dropout"]), "epochs": int(row["train.epochs"])}
            for row in csv.DictReader(results.splitlines())]


def asked_for(point, number, folder, options):
    """What sweep_peer_train.py is given."""
    return {"crops": str(folder / "crops"), "out": str(folder / f"peer-{number}.pt"), "px": options.px,
            "workers": options.workers, **point}


def outcome(trials, wall_s):
    """`trials`: what sweep_peer_train.py told of each."""
    step_s = sum(trial["step_s"] for trial in trials)
    return {"wall_s": wall_s, "outside": 1 - step_s / (CORES * wall_s),
            "speed": sum(trial["images"] for trial in trials) / step_s,
            "auc": statistics.median(trial["auc"] for trial in trials)}


def ray_tune(folder, points, options):
    """From the start of the local cluster to its end."""
    asked = [asked_for(point, number, folder, options) for number, point in enumerate(points)]
    paths = os.pathsep.join([str(options.build.resolve() / "ray"), str(REPOSITORY / "bench")])
    environment = dict(sweep_support.ENVIRONMENT, PYTHONPATH=paths, RAY_AIR_NEW_OUTPUT="0",
                       RAY_USAGE_STATS_ENABLED="0")
    start = time.monotonic()
    done = subprocess.run([sys.executable, str(REPOSITORY / "bench/sweep_peer_ray.py"), str(folder / "ray"),
                           json.dumps(asked)], env=environment, capture_output=True, text=True)
    wall_s = time.monotonic() - start
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    trials = json.loads([line for line in done.stdout.splitlines() if line.startswith("[")][-1])
    assert len(trials) == len(points), "Ray trained other points"
    return outcome(trials, wall_s)


class Optuna:
    """Optuna's own loop: a thread a trial at a time, each waits for a process.

    The study is kept in a journal: with SQLite, two threads now and then take the same enqueued trial.
    """

    def __init__(self, launcher, folder, points, options):
        self.launcher, self.folder, self.points, self.options = launcher, folder, points, options
        self.runs = 0

    def train(self, trial):
        point = {"max_lr": trial.suggest_float("max_lr", 1e-4, 1e-2, log=True),
                 "pct_start": trial.suggest_float("pct_start", 0.2, 0.5),
                 "dropout": trial.suggest_categorical("dropout", [0.0, 0.5, 0.75]),
                 "epochs": trial.suggest_int("epochs", *self.options.epochs)}
        asked = asked_for(point, trial.number, self.folder, self.options)
        done = subprocess.run([*self.launcher, str(REPOSITORY / "bench/sweep_peer_train.py"), json.dumps(asked)],
                              env=sweep_support.ENVIRONMENT, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        told = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
        trial.set_user_attr("told", told | {"point": point})
        return told["auc"]

    def sweep(self):
        self.runs += 1
        start = time.monotonic()
        journal = JournalFileBackend(str(self.folder / f"{id(self)}-{self.runs}.journal"))
        study = optuna.create_study(storage=optuna.storages.JournalStorage(journal), direction="maximize",
                                    sampler=optuna.samplers.RandomSampler(seed=3))
        for point in self.points:
            study.enqueue_trial(point)
        study.optimize(self.train, n_trials=len(self.points), n_jobs=CORES)
        wall_s = time.monotonic() - start
        trials = [trial.user_attrs["told"] for trial in study.get_trials()]
        trained = sorted(str(trial["point"]) for trial in trials)
        assert trained == sorted(map(str, self.points)), "the peer trained other points"
        return outcome(trials, wall_s)


def ours(program, config, images):
    run = program.sweep(config, CORES)
    rows = list(csv.DictReader(run.results.splitlines()))
    assert all(row["state"] == "done" for row in rows), run.results
    outside = run.share_outside("load_s", "compute_s", "exposed_s", "optimizer_s")
    step_s = (1 - outside) * CORES * run.wall_s
    epochs = sum(point["epochs"] for point in points_of(run.results))
    auc = [statistics.fmean(float(row[f"{name}.frame_auc"]) for name in ("base", "augment")) for row in rows]
    return {"wall_s": run.wall_s, "outside": outside, "speed": epochs * images / step_s,
            "auc": statistics.median(auc)}


def print_tables(runs, options):
    print("| | trials an hour, median (least to most) | outside training steps, % of the cores' time "
          "| images/s a core in steps | median AUC |")
    print("|---|---|---|---|---|")
    for name, results in runs.items():
        rates = [3600 * options.trials / run["wall_s"] for run in results]
        outside, speeds, auc = ([run[key] for run in results] for key in ("outside", "speed", "auc"))
        print(f"| {name} | {spread(rates, 1)} | {percent(outside)} | {spread(speeds, 1)} "
              f"| {statistics.median(auc):.3f} |")
    print()
    for name, results in list(runs.items())[1:]:
        ratios = [peer["wall_s"] / run["wall_s"] for run, peer in zip(runs["unmask"], results)]
        print(f"unmask over {name}, trials an hour: {spread(ratios)}")


def main():
    parser = argparse.ArgumentParser()
    sweep_support.add_options(parser, px=112, train=120, val=30)
    parser.add_argument("--trials", type=int, default=6)
    parser.add_argument("--epochs", type=int, nargs=2, default=[2, 5], metavar=("LEAST", "MOST"), help="of a trial")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS)
    parser.add_argument("--workers", type=int, default=0, help="of the peer's DataLoader")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    load = sweep_support.load()
    with tempfile.TemporaryDirectory(prefix="unmask-sweep-peer-") as name:
        folder = pathlib.Path(name)
        program = sweep_support.Program(options, folder)
        dump_crops(folder / "stores", folder / "crops", options.px)
        images = (folder / "crops/train.u8.labels").stat().st_size
        config = program.write_config("sweep-peer", 32, {"sweep.sampler": "random", "sweep.trials": options.trials},
                                      {**SPACE, "train.epochs": {"integer": options.epochs}})
        points = points_of(program.sweep(config, CORES).results)  # warms the page cache for ours, not counted
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "1"]
        launchers = {"Optuna, torchrun": torchrun, "Optuna, python": [sys.executable]}
        peers = {name: Optuna(words, folder, points, options).sweep for name, words in launchers.items()}
        peers["Ray Tune"] = lambda: ray_tune(folder, points, options)
        peers = {name: peers[name] for name in options.peers}
        runs = sweep_support.in_turns({"unmask": lambda: ours(program, config, images), **peers}, options.rounds)
    print(machine_line(load))
    print(f"settings: {options.trials} trials of {options.epochs[0]} to {options.epochs[1]} epochs, {images} crops of "
          f"{options.px} px, batch 32, fp32, Adam, OneCycle, the published augmentation, {CORES} cores, 1 thread each; "
          f"{options.rounds} rounds in turns, launch to exit")
    print(f"ours: mpirun -n {CORES}, elastic, one microbatch a step (one rank a trial), checkpoints as by "
          f"default: at an epoch's end where they cost less than a twentieth; also scores a tenth of the train crops "
          f"after each epoch")
    ray = next(importlib.metadata.distributions(name="ray", path=[str(options.build / "ray")])).version
    print(f"peers: Ray Tune {ray}, a local cluster of {CORES} cores without dashboard; "
          f"Optuna {optuna.__version__}, RandomSampler, the same points enqueued, study in a journal file, "
          f"n_jobs={CORES}, a process a trial; torchvision's ResNet18 channels_last and transforms, "
          f"Adam(fused=True), DataLoader with {options.workers} workers, decoded crops in one file, "
          f"a checkpoint an epoch\n")
    print_tables(runs, options)


if __name__ == "__main__":
    main()
