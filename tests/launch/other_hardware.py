"""A run that is continued where other bits are computed: refused by default, marked where it is allowed.

usage: other_hardware.py PROGRAM MPIRUN MAKE_STORES

ATEN_CPU_CAPABILITY makes this processor a smaller one, of another numerics class.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile

from program_run import ENVIRONMENT, expect, wait_for_step, write_config

program, mpirun, make_stores = sys.argv[1:4]
SETTINGS = {"train.epochs": 20, "train.global_batch_size": 16, "train.microbatch_size": 8, "sweep.mode": "sequential",
            "sweep.trials": 2}  # 60 steps a trial: a step is seen up to two seconds late


def smaller():
    """The environment in which ATen takes this processor for a smaller one."""
    with open("/proc/cpuinfo") as info:
        return dict(ENVIRONMENT, ATEN_CPU_CAPABILITY="avx2" if " avx512f " in info.read() else "default")


def command(folder, *settings, ranks=2):
    return [mpirun, "--oversubscribe", "-n", str(ranks), program, "sweep", folder / "config.toml", "--run",
            folder / "run", *(word for setting in settings for word in ("--set", setting))]


def run(folder, environment, *settings, ranks=2):
    return subprocess.run(command(folder, *settings, ranks=ranks), env=environment, capture_output=True, text=True,
                          timeout=300)


def numerics(folder):
    lines = (folder / "run" / "results.jsonl").read_text().splitlines()
    return [json.loads(line)["numerics"] for line in lines]


def main(folder):
    subprocess.run([make_stores, folder / "stores", "32", "42", "12"], check=True)
    write_config(folder / "config.toml", folder / "stores", SETTINGS, {"optimizer.max_lr": {"choice": [1e-4, 1e-3]}})
    job = subprocess.Popen(command(folder), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
    wait_for_step(folder / "run", 1, job)
    job.send_signal(signal.SIGTERM)
    output = job.communicate(timeout=120)[0]
    expect(job.returncode == 75, "a run is stopped in its first trial", output)
    counts = [len(classes) for classes in numerics(folder)]
    expect(counts == [1, 0], "its first trial has one class", str(numerics(folder)))

    refused = run(folder, smaller())
    said = refused.stdout + refused.stderr
    expect(refused.returncode == 1 and 'runtime.numerics = "any"' in said,
           "elsewhere it is refused, and the key named", said)

    done = run(folder, smaller(), 'runtime.numerics="any"', ranks=1)
    expect(done.returncode == 0, "with the key it goes on", done.stdout + done.stderr)
    counts = [len(classes) for classes in numerics(folder)]
    expect(counts == [2, 1], "the first trial lists both classes", str(numerics(folder)))
    expect(numerics(folder)[0][1] == numerics(folder)[1][0], "the second trial has the new one")
    report = subprocess.run([program, "report", folder / "run"], capture_output=True, text=True)
    expect("0000*" in report.stdout and "0001*" not in report.stdout, "the tables mark it",
           report.stdout + report.stderr)


with tempfile.TemporaryDirectory(prefix="unmask-other-hardware-") as name:
    main(pathlib.Path(name))
