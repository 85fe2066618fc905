"""What the benches of sweeps share: tiny stores, runs of the real program, ways in turns."""
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests/launch"))
from program_run import BOTH, WITH_PYTHON as ENVIRONMENT, write_config  # noqa: E402  (a sweep as users run it)


@dataclasses.dataclass
class Run:
    """One sweep of the real program, from its launch to its exit."""
    wall_s: float
    status: dict
    results: str

    def share_outside(self, *parts):
        """The share of all ranks' time since the launch in which none of `parts` (of RankSeconds) ran."""
        inside = sum(rank[part] for rank in self.status["ranks"] for part in parts)
        return 1 - inside / (len(self.status["ranks"]) * self.wall_s)


class Program:
    def __init__(self, options, folder):
        self.program = options.program or options.build / "unmask"
        self.folder, self.runs = folder, 0
        stores = options.make_stores or options.build / "tests/make_tiny_stores"
        subprocess.run([stores, folder / "stores", str(options.px), str(options.train), str(options.val)], check=True)

    def write_config(self, name, microbatch_size, settings, space):
        """Of a sweep over both datasets, 32 samples a step."""
        batch = {"train.global_batch_size": 32, "train.microbatch_size": microbatch_size}
        return write_config(self.folder / f"{name}.toml", self.folder / "stores", {**BOTH, **batch, **settings}, space)

    def sweep(self, config, ranks, *settings):
        self.runs += 1
        run = self.folder / f"run-{self.runs}"
        words = [REPOSITORY / ".venv/bin/mpirun", "--oversubscribe", "-n", str(ranks), self.program, "sweep", config,
                 "--run", run, *(word for setting in settings for word in ("--set", setting))]
        start = time.monotonic()
        done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True)
        wall_s = time.monotonic() - start
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return Run(wall_s, json.loads((run / "status.json").read_text()), (run / "results.csv").read_text())


def add_options(parser, px, train, val, rounds=3):
    parser.add_argument("--build", type=pathlib.Path, default=REPOSITORY / "build")
    parser.add_argument("--program", type=pathlib.Path, help="unmask; else that of the build folder")
    parser.add_argument("--make-stores", type=pathlib.Path, help="make_tiny_stores; else that of the build folder")
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--px", type=int, default=px, help="side of a crop")
    parser.add_argument("--train", type=int, default=train, help="frames to train on, each of two datasets")
    parser.add_argument("--val", type=int, default=val, help="frames to validate on, each of two datasets")


def load():
    return os.getloadavg()[0]


def in_turns(ways, rounds):
    """Runs every way once a round, forwards and backwards in turns: name → list of what the way returned."""
    results = {name: [] for name in ways}
    for number in range(rounds):
        for name, way in list(ways.items())[:: 1 if number % 2 == 0 else -1]:
            results[name].append(way())
    return results


def spread(values, digits=2):
    return f"{statistics.median(values):.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f})"


def percent(values):
    return spread([100 * value for value in values], 1)
