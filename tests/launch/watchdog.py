"""A rank that stops ends the job in time, a slow one doesn't: watchdog.py PROGRAM MPIRUN MAKE_STORES [SLOW_STEPS]

Real program, real mpirun, 4 ranks. Stopped ranks are stopped with SIGSTOP; the slow rank runs for a tenth of the time.
"""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

from program_run import ENVIRONMENT, expect, expect_no_rank_left, ranks_of, ranks_with, wait_for_step, write_config

program, mpirun, make_stores = sys.argv[1:4]
slow_steps = int(sys.argv[4]) if len(sys.argv) > 4 else 8
TIMEOUT_S = 4
GRACE_S = 5
SETTINGS = {"runtime.timeout_s": TIMEOUT_S, "runtime.checkpoint_every_s": 1, "sweep.mode": "concurrent",
            "sweep.group_size": 2}


def start(config, run, ranks=4):
    words = [mpirun, "--oversubscribe", "-n", str(ranks), program, "sweep", str(config), "--run", str(run)]
    return subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def results(run):
    return (run / "results.csv").read_bytes(), (run / "chosen" / "model.safetensors").read_bytes()


def test_stopped_ranks(folder):
    config, alone = (write_config(folder / f"{mode}.toml", folder / "stores",
                                  {**SETTINGS, "train.epochs": 6, "sweep.mode": mode},
                                  {"optimizer.max_lr": {"choice": [1e-4, 1e-3]}}) for mode in ("concurrent", "elastic"))
    whole = folder / "whole"
    output = start(alone, whole, ranks=1).communicate(timeout=600)[0]  # four share the cores, and wait in loops
    expect((whole / "results.csv").exists(), "a run without faults", output)
    for rank in (3, 1, 0):  # of another group than rank zero's, of its group, and rank zero itself
        run = folder / f"stopped-{rank}"  # from its start: in what goes on the other group may be done long before
        job = start(config, run)
        wait_for_step(run, 2)
        os.kill(ranks_of(program, run)[rank], signal.SIGSTOP)
        stopped = time.monotonic()
        output = job.communicate(timeout=120)[0]
        seconds = time.monotonic() - stopped
        expect(job.returncode == 75, f"rank {rank} stopped: exit code 75", f"{job.returncode}\n{output}")
        expect(seconds <= TIMEOUT_S + GRACE_S, f"within the deadline and {GRACE_S} s (took {seconds:.1f} s)", output)
        if rank == 0:
            expect("rank zero is silent" in output, "the others say that rank zero is silent", output)
        else:
            expect(f"missing: rank {rank} on {os.uname().nodename} (silent" in output and "operation" in output and
                   "trial 000" in output, "rank, host, trial and operation are named", output)
        expect_no_rank_left(program, run)
    output = start(config, run, ranks=2).communicate(timeout=600)[0]
    expect(results(run) == results(whole), "the next start goes on, to the same bits", output)


def has_open(pid, file):
    try:
        return any(link.exists() and link.samefile(file) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return False


def test_stopped_rank_without_coordinator(folder):
    """evaluate: every rank has the store open from after the watch began until its end."""
    model, store = folder / "whole/chosen/model.safetensors", folder / "large/base/val.crops"
    subprocess.run([make_stores, str(folder / "large"), "32", "42", "20000"], check=True)  # seconds of work
    words = [program, "evaluate", str(model), str(store), "--timeout", str(TIMEOUT_S)]
    job = subprocess.Popen([mpirun, "--oversubscribe", "-n", "4", *words], env=ENVIRONMENT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    ranks = {}
    while len(ranks) < 4 or not all(has_open(pid, store) for pid in ranks.values()):
        if job.poll() is not None:
            expect(False, "evaluate runs until a rank is stopped", job.communicate()[0])
        time.sleep(0.05)
        ranks = ranks_with("^" + re.escape(" ".join(words)))
    os.kill(ranks[2], signal.SIGSTOP)
    stopped = time.monotonic()
    output = job.communicate(timeout=120)[0]
    seconds = time.monotonic() - stopped
    expect(job.returncode == 75 and f"rank 2 on {os.uname().nodename} is silent" in output,
           "evaluate: exit code 75, the silent rank is named", f"{job.returncode}\n{output}")
    expect(seconds <= TIMEOUT_S + GRACE_S, f"within the deadline and {GRACE_S} s (took {seconds:.1f} s)", output)


def run_a_tenth_of_the_time(pid, over):
    while not over.is_set():
        for action, seconds in ((signal.SIGSTOP, 0.09), (signal.SIGCONT, 0.01)):
            try:
                os.kill(pid, action)
            except ProcessLookupError:
                return
            over.wait(seconds)


def test_slow_rank(folder):
    """Small steps of one trial on two ranks: the deadline is dozens of them at full speed."""
    batch, steps_per_epoch = 8, max(4, slow_steps // 10)
    crops = batch * steps_per_epoch * 17 // 16  # make_tiny_stores draws no face in every 17th
    subprocess.run([make_stores, str(folder / "stores-slow"), "32", str(crops), "24"], check=True)
    config = write_config(
        folder / "slow.toml", folder / "stores-slow",
        {**SETTINGS, "train.epochs": -(-slow_steps // steps_per_epoch), "train.global_batch_size": batch},
        {"optimizer.max_lr": {"choice": [1e-4]}})
    run = folder / "slow"
    job = start(config, run, ranks=2)
    wait_for_step(run)
    over = threading.Event()
    slow = threading.Thread(target=run_a_tenth_of_the_time, args=(ranks_of(program, run)[1], over))
    slow.start()
    output = job.communicate(timeout=3600)[0]
    over.set()
    slow.join()
    expect(job.returncode == 0 and "silent" not in output, f"{slow_steps} steps with a rank slowed ten times: no alarm",
           f"{job.returncode}\n{output}")


def test_rank_that_hangs_in_the_start(folder):
    """Stopped as soon as it is there, long before heartbeats."""
    config = write_config(folder / "early.toml", folder / "stores", SETTINGS, {"optimizer.max_lr": {"choice": [1e-4]}})
    run = folder / "early"
    words = [mpirun, "--oversubscribe", "-n", "4", program, "sweep", str(config), "--run", str(run)]
    job = subprocess.Popen(words, env={**ENVIRONMENT, "UNMASK_START_TIMEOUT_S": str(3 * TIMEOUT_S)},
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while 2 not in (ranks := ranks_of(program, run)):
        time.sleep(0.01)
    os.kill(ranks[2], signal.SIGSTOP)
    stopped = time.monotonic()
    output = job.communicate(timeout=240)[0]
    seconds = time.monotonic() - stopped
    expect(job.returncode == 75 and re.search(r"rank [013] on \S+: .* has lasted for \d+ s", output),
           "a start that hangs: exit code 75, rank and phase are named", f"{job.returncode}\n{output}")
    expect(seconds <= 6 * TIMEOUT_S + GRACE_S, f"in time (took {seconds:.1f} s)", output)
    expect_no_rank_left(program, run)


with tempfile.TemporaryDirectory(prefix="unmask-watchdog-") as name:
    folder = pathlib.Path(name)
    subprocess.run([make_stores, str(folder / "stores"), "32", "42", "24"], check=True)
    test_rank_that_hangs_in_the_start(folder)
    test_stopped_ranks(folder)
    test_stopped_rank_without_coordinator(folder)
    test_slow_rank(folder)
