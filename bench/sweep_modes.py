"""One trial after another, trials side by side, and elastic groups: the same sweep with the real program, in turns.

usage: sweep_modes.py [--rounds N] [--ranks N] [--epochs N...] [--px N] [--train N] [--val N] [--build DIR]

A trial for each number of epochs, 4 microbatches a step. Fails unless every way writes the same results.csv.
Prints Markdown.
"""
import argparse
import os
import pathlib
import tempfile

import sweep_support
from step_table import machine_line
from sweep_support import spread

WAYS = {"sequential": "sequential", "concurrent, groups of 1": "concurrent", "elastic": "elastic"}


def main():
    parser = argparse.ArgumentParser()
    sweep_support.add_options(parser, px=80, train=120, val=30)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--epochs", type=int, nargs="+", default=[1, 2, 3, 4, 6, 8])
    options = parser.parse_args()
    load = sweep_support.load()
    with tempfile.TemporaryDirectory(prefix="unmask-sweep-modes-") as name:
        program = sweep_support.Program(options, pathlib.Path(name))
        config = program.write_config("sweep-modes", 8, {"sweep.sampler": "grid"},
                                      {"train.epochs": {"choice": options.epochs}})
        runs = sweep_support.in_turns(
            {way: lambda mode=mode: program.sweep(config, options.ranks, f'sweep.mode="{mode}"', "sweep.group_size=1")
             for way, mode in WAYS.items()}, options.rounds)
    different = {run.results for results in runs.values() for run in results}
    assert len(different) == 1, "results.csv differs:\n" + "\n".join(different)
    print(machine_line(load))
    print(f"settings: {options.ranks} ranks of 1 thread share {os.cpu_count()} cores, beyond which more ranks gain "
          f"nothing; {len(options.epochs)} trials of {options.epochs} epochs, {options.train} + {options.train} frames "
          f"of {options.px} px, batch 32 in microbatches of 8, fp32; {options.rounds} rounds in turns, launch to exit")
    print(f"results.csv: the same bytes in all {options.rounds * len(WAYS)} runs\n")
    print("| | wall s, median (least to most) | over elastic, by rounds | ranks without a lease, % of their time |")
    print("|---|---|---|---|")
    for way, results in runs.items():
        ratios = [run.wall_s / elastic.wall_s for run, elastic in zip(results, runs["elastic"])]
        idle = [100 * run.share_outside("lease_s") for run in results]
        print(f"| {way} | {spread([run.wall_s for run in results], 1)} | {spread(ratios)} | {spread(idle, 1)} |")


if __name__ == "__main__":
    main()
