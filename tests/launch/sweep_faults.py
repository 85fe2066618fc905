"""What a sweep does when something is wrong, or changes: sweep_faults.py PROGRAM MPIRUN MAKE_STORES

Real program, real mpirun, 2 ranks. Each step prints what it saw; the first thing that isn't so ends it.
"""
import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

from program_run import (ENVIRONMENT, WITH_PYTHON, expect, steps_saved, wait_for_checkpoint, wait_for_step,
                         write_config)

program, mpirun, make_stores = sys.argv[1:4]
# Two microbatches a batch: one a rank.
SETTINGS = {"data.val": ["base", "augment"], "optimizer.schedule": "constant", "train.epochs": 1,
            "train.microbatch_size": 10}
RATES = {"optimizer.max_lr": {"log_uniform": [1e-4, 1e-2]}}


def command(config, run, *more):
    return [mpirun, "--oversubscribe", "-n", "2", program, "sweep", str(config), "--run", str(run), *more]


def sweep(config, run, *more, environment=ENVIRONMENT):
    done = subprocess.run(command(config, run, *more), env=environment, capture_output=True, text=True, timeout=600)
    return done.returncode, done.stdout + done.stderr


def results(run):
    return (run / "results.csv").read_bytes()


def rows(run):
    with open(run / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_failed_trials(folder):
    """One trial diverges, one names a dataset that has no crops to train on; the others are done."""
    stores = folder / "stores-without-train"
    shutil.copytree(folder / "stores", stores)
    (stores / "augment" / "train.crops").unlink()
    config = write_config(folder / "failing.toml", stores, SETTINGS,
                          {"data.train": {"choice": ["base", "augment"]}, "optimizer.max_lr": {"choice": [1e-3, 10.0]}})
    run = folder / "failing"
    code, output = sweep(config, run)
    expect(code == 4, "exit code 4", output)
    states = {row["trial"]: (row["state"], row["reason"]) for row in rows(run)}
    expect(states["0"][0] == "done", "a sound trial is done", output)
    expect(states["1"][0] == "failed" and states["1"][1].startswith("diverged at step "), "a trial diverged",
           str(states))
    expect(all(states[i][0] == "failed" and "augment/train.crops is missing" in states[i][1] for i in "23"),
           "trials without a store say which file is missing", str(states))
    expect("3 of 4 trials failed" in output and "train.crops is missing" in output,
           "the last lines say how many and why", output)
    expect("not finite" in (run / "trials" / "0001" / "log.txt").read_text(), "the trial's log has the whole fault")
    expect(list((run / "trials" / "0001").glob("rank-*.log")) != [], "the rank that failed has a log")
    expect((run / "chosen" / "model.safetensors").exists(), "a model was chosen")
    # The file appears: those trials are tried again, the diverged one is not.
    shutil.copy(folder / "stores" / "augment" / "train.crops", stores / "augment" / "train.crops")
    code, output = sweep(config, run)
    states = [row["state"] for row in rows(run)]
    expect(code == 4 and states == ["done", "failed", "done", "failed"], "a restart cures what it can",
           f"{states}\n{output}")
    expect("trial 0000 starts" not in output and "trial 0001 starts" not in output, "and repeats nothing else", output)


def test_growth(folder):
    run, whole = folder / "grown", folder / "whole"
    two, three = (write_config(folder / f"{name}.toml", folder / "stores", {**SETTINGS, "sweep.trials": trials}, RATES)
                  for name, trials in (("two", 2), ("three", 3)))
    code, output = sweep(two, run)
    expect(code == 0, "two trials", output)
    before = (run / "results.csv").read_text().splitlines()
    code, output = sweep(three, run)
    expect(code == 0 and "adds 1 trial" in output, "a third is added, and that is said", output)
    expect((run / "results.csv").read_text().splitlines()[:3] == before, "the first two stay as they are")
    expect(sweep(three, whole)[0] == 0 and results(run) == results(whole),
           "the grown sweep is the sweep of three")
    code, output = sweep(two, run)
    expect(code == 2 and "sweep.trials" in output, "fewer trials are refused", output)
    code, output = sweep(three, run, "--set", "train.epochs=2")
    expect(code == 2 and "train.epochs: the run has 1, the config has 2" in output, "another experiment is refused",
           output)
    code, output = sweep(three, run, "--set", 'sweep.mode="sequential"')
    expect(code == 0 and "are over already" in output, "another mode is no other experiment", output)


def test_choice(folder):
    """tpe learns from whole cohorts; data.test is scored for the chosen trial alone; one trial keeps its weights."""
    stores = folder / "stores-with-test"
    shutil.copytree(folder / "stores", stores)
    shutil.copy(stores / "augment" / "val.crops", stores / "augment" / "test.crops")
    config = write_config(folder / "tpe.toml", stores,
                          {**SETTINGS, "sweep.sampler": "tpe", "sweep.trials": 3, "sweep.cohort": 2,
                           "sweep.keep_best": 1, "data.allow_leaks": True},
                          {**RATES, "model.head": {"choice": ["linear", "hidden"]}})
    run, more = folder / "tpe", ("--set", 'data.test=["augment"]')
    code, output = sweep(config, run, *more, environment=WITH_PYTHON)
    expect(code == 0, "a sweep by tpe", output)
    trials = [json.loads(line) for line in (run / "results.jsonl").read_text().splitlines()]
    best = max(trials, key=lambda trial: (trial["objective"], -trial["trial"]))
    tested = [trial["trial"] for trial in trials if trial["test"]]
    expect(tested == [best["trial"]], "the best trial alone is scored on test")
    expect("augment (test)" in output and "best on target" in output, "the table shows it, and the best on the target",
           output)
    kept = [path.parent.name for path in run.glob("trials/*/best.safetensors")]
    expect(kept == [f"{best['trial']:04}"], "one trial keeps its weights", str(kept))
    expect(json.loads((run / "chosen" / "scores.json").read_text())["trial"] == best["trial"], "and stands in chosen/")
    expect((run / "chosen" / "model.pth").exists(), "also as PyTorch reads it")
    code, output = sweep(config, run, *more, "--set", "sweep.trials=5")
    expect(code == 2 and "cohort" in output, "a cohort that isn't full takes no new trials", output)


def test_stop_and_lock(folder):
    """One sweep is stopped by each signal in turn; its trials are far longer than the three starts take."""
    config = write_config(folder / "long.toml", folder / "stores", {**SETTINGS, "sweep.trials": 2}, RATES)
    run, more = folder / "stopped", ("--set", "train.epochs=200")
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
        before = steps_saved(run)
        job = subprocess.Popen(command(config, run, *more), env=ENVIRONMENT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True)
        status = wait_for_step(run, before + 1, job)
        if asked == signal.SIGTERM:
            code, output = sweep(config, run, *more)
            expect(code == 1 and f"process {status['pid']}" in output, "a second sweep is told who holds the folder",
                   output)
        job.send_signal(asked)
        output = job.communicate(timeout=120)[0]
        expect(job.returncode == 75 and "same command goes on" in output.rstrip().splitlines()[-1],
               f"{asked.name} to mpirun: exit code 75, and nothing is said after what to do", output)
        expect(steps_saved(run) > before, "its steps are saved", output)
        expect((before > 0) == ("goes on from step" in output), "the same command goes on from there", output)
        if asked == signal.SIGTERM:
            told = subprocess.run([program, "status", str(run)], capture_output=True, text=True)
            expect(told.returncode == 0 and told.stdout.startswith("paused"), "status says paused", told.stdout)


def test_killed_launcher(folder):
    """Ranks of a killed mpirun would live on for seconds and hold the folder: the next start must not meet them."""
    run, more = folder / "killed", ("--set", "train.epochs=4")
    job = subprocess.Popen(command(folder / "long.toml", run, *more, "--set", "runtime.checkpoint_every_s=0"),
                           env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_checkpoint(run, job)
    job.kill()
    job.wait()
    code, output = sweep(folder / "long.toml", run, *more)
    expect(code == 0 and "goes on with the run" in output, "a start right after kill -9 of mpirun goes on", output)


def test_damage(folder):
    run = folder / "whole"
    ledger = (run / "sweep.db").read_bytes()
    at = ledger.find(b'"objective"')
    (run / "sweep.db").write_bytes(ledger[:at + 16] + bytes([ledger[at + 16] ^ 1]) + ledger[at + 17:])
    code, output = sweep(folder / "three.toml", run)
    expect(code == 3 and "sweep.db" in output and "trial" in output, "a flipped byte of the ledger is named", output)
    (run / "sweep.db").unlink()
    code, output = sweep(folder / "three.toml", run)
    expect(code == 0 and "made anew" in output, "without a ledger it is made anew from the trials", output)
    expect(results(run) == results(folder / "grown"), "with the same results")
    code, output = sweep(folder / "three.toml", "/proc/no-folder")
    expect(code == 1 and "/proc/no-folder" in output, "a folder that can't be made is named", output)


def test_memory(folder):
    """A trial that needs more memory than there is fails by itself after three attempts; the others are done."""
    stores = folder / "stores-large"
    subprocess.run([make_stores, str(stores), "96", "400", "12"], check=True)
    config = write_config(folder / "memory.toml", stores, SETTINGS, {"train.microbatch_size": {"choice": [16, 400]}})
    run = folder / "memory"
    limited = command(config, run, "--set", "train.epochs=1", "--set", "train.global_batch_size=400")
    limited[limited.index(program):limited.index(program)] = ["prlimit", "--data=2000000000"]
    done = subprocess.run(limited, env=ENVIRONMENT, capture_output=True, text=True, timeout=600)
    output = done.stdout + done.stderr
    states = {row["trial"]: (row["state"], row["reason"]) for row in rows(run)}
    expect(done.returncode == 4 and states["0"][0] == "done", "the trial that fits is done", output)
    state, reason = states["1"]
    expect(state == "failed" and "out of memory" in reason and "train.microbatch_size" in reason,
           "the other one says that memory ran out, and what takes less", str(states))
    expect(output.count("trial 0001 will be tried again after") == 2, "after three attempts", output)


def mount(*options):
    subprocess.run(["mount", *map(str, options)], check=True)


def test_disk(folder):
    """A disk that is full, then read-only: named, nothing lost, and with room the same results."""
    disk = folder / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=60m", "unmask-test", disk)
    try:
        code, output = sweep(folder / "three.toml", disk / "run")
        expect(code == 1 and "No space left" in output and str(disk / "run" / "trials") in output,
               "a full disk ends the sweep, and the file is named", output)
        expect("trials failed" not in output, "no trial is blamed for it", output)
        mount("-o", "remount,size=2g", disk)
        code, output = sweep(folder / "three.toml", disk / "run")
        expect(code == 0 and results(disk / "run") == results(folder / "whole"),
               "with room the same command goes on, to the same results", output)
        mount("-o", "remount,ro", disk)
        code, output = sweep(folder / "three.toml", disk / "run")
        expect(code == 1 and str(disk / "run") in output and "Read-only file system" in output,
               "a read-only folder is named", output)
    finally:
        subprocess.run(["umount", str(disk)], check=True)


with tempfile.TemporaryDirectory(prefix="unmask-sweep-faults-") as name:
    folder = pathlib.Path(name)
    subprocess.run([make_stores, str(folder / "stores"), "32", "42", "24"], check=True)
    test_failed_trials(folder)
    test_growth(folder)
    test_choice(folder)
    test_stop_and_lock(folder)
    test_killed_launcher(folder)
    test_memory(folder)
    if os.geteuid() == 0:
        test_disk(folder)
    test_damage(folder)
if os.geteuid() != 0:
    sys.exit("FAILED: a full disk and a read-only one were not tested: only root can mount them")
