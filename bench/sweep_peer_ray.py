"""The peer's trials under Ray Tune: a local cluster of two cores, a worker process a trial.

usage: sweep_peer_ray.py FOLDER JSON    JSON: a list of what sweep_peer_train.py is asked for, one object a trial

Prints one JSON line: a list of what each trial told. Started by sweep_peer.py.
"""
import json
import sys

import ray
from ray import tune

import sweep_peer_train

CORES = 2


def trial(config):
    tune.report({"told": json.dumps(sweep_peer_train.train(config["asked"]))})


def main():
    folder, asked = sys.argv[1], json.loads(sys.argv[2])
    ray.init(num_cpus=CORES, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    tuner = tune.Tuner(tune.with_resources(trial, {"cpu": 1}), param_space={"asked": tune.grid_search(asked)},
                       run_config=tune.RunConfig(storage_path=folder, verbose=0))
    results = tuner.fit()
    if results.errors:
        raise results.errors[0]
    print(json.dumps([json.loads(result.metrics["told"]) for result in results]))


if __name__ == "__main__":
    main()
