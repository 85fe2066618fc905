"""Scoring waits for nobody: stop_in_scoring.py PROGRAM MPIRUN MAKE_STORES

Real program, two ranks. A sweep is asked to stop, and killed, each while it scores an epoch, and while it scores the
choice on data.test; it stops with the epoch unscored, and the results are those of a sweep that nobody disturbed.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from program_run import ENVIRONMENT, expect, wait_until_ranks_are_gone, write_config

program, mpirun, make_stores = sys.argv[1:4]


def command(config, run, ranks=2):
    return [mpirun, "--oversubscribe", "-n", str(ranks), program, "sweep", str(config), "--run", str(run)]


def results(run):
    return (run / "results.csv").read_bytes(), (run / "chosen" / "model.safetensors").read_bytes()


def pid_and_groups(run):
    try:
        status = json.loads((run / "status.json").read_text())
        return status["pid"], status["groups"]
    except (OSError, ValueError):
        return 0, []


def epochs_scored(run):
    return {file.parent.name: len(file.read_text().splitlines()) - 1 for file in run.glob("trials/*/metrics.csv")}


def disturb(config, run, what, asked, tries=2):
    """Starts the sweep, and does it as soon as a group is in the beginning of scoring `what`. Open MPI was seen to
    hang at a fresh start (docs/design.md), once in some sixty: that is said and tried again."""
    before, _ = pid_and_groups(run)
    job = subprocess.Popen(command(config, run), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                           text=True)
    deadline = time.monotonic() + 300
    while job.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
        pid, groups = pid_and_groups(run)
        doing = [group["doing"] for group in groups if pid != before]
        done = [int(words.split()[-1].rstrip("%")) for words in doing if words.startswith(f"scoring {what} ")]
        scored = epochs_scored(run)
        if any(percent < 60 for percent in done):
            break
    else:
        hangs = job.poll() is None
        job.kill()
        output = job.communicate()[0]
        wait_until_ranks_are_gone(program, run)
        print(f"nobody was seen to be scoring {what}\n{output}", flush=True)
        if not hangs or tries == 1:
            sys.exit(1)
        return disturb(config, run, what, asked, tries - 1)
    job.send_signal(asked)
    output = job.communicate(timeout=300)[0]
    wait_until_ranks_are_gone(program, run)
    return job.returncode, output, scored


with tempfile.TemporaryDirectory(prefix="unmask-stop-in-scoring-") as name:
    folder = pathlib.Path(name)
    subprocess.run([make_stores, str(folder / "stores"), "32", "42", "8000"], check=True)
    (folder / "stores" / "augment" / "val.crops").rename(folder / "stores" / "augment" / "test.crops")
    config = write_config(folder / "sweep.toml", folder / "stores",
                          {"data.test": ["augment"], "train.epochs": 1, "sweep.mode": "sequential"},
                          {"optimizer.max_lr": {"choice": [1e-4]}})  # one trial: what waits is the scoring
    done = subprocess.run(command(config, folder / "whole", ranks=1), env=ENVIRONMENT, capture_output=True, text=True)
    expect(done.returncode == 0, "a sweep that nobody disturbs", done.stdout + done.stderr)
    run = folder / "disturbed"
    code, output, scored = disturb(config, run, "base/val", signal.SIGUSR1)
    expect(code == 75 and epochs_scored(run) == scored, "it stops in scoring an epoch, which is unscored",
           f"{code} {scored} {epochs_scored(run)}\n{output}")
    disturb(config, run, "base/val", signal.SIGKILL)
    code, output, _ = disturb(config, run, "augment/test", signal.SIGUSR1)
    expect(code == 75 and not (run / "chosen" / "scores.json").exists(), "and while it scores the choice",
           f"{code}\n{output}")
    disturb(config, run, "augment/test", signal.SIGKILL)
    done = subprocess.run(command(config, run), env=ENVIRONMENT, capture_output=True, text=True)
    expect(done.returncode == 0 and results(run) == results(folder / "whole"), "to the same results",
           done.stdout + done.stderr)
