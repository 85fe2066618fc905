"""The promise that the system stands on, tested with the real program under real mpirun.

same_bits.py ranks  PROGRAM MPIRUN MAKE_STORES PRECISION     1, 2, 3 and 4 ranks give the same bits
same_bits.py kills  PROGRAM MPIRUN MAKE_STORES PRECISION N   N kills with -9 at random moments, another number of ranks
                                                             at each restart, and the bits of an undisturbed run
same_bits.py replay PROGRAM MPIRUN MAKE_STORES PRECISION     a run that replays: 1 and 2 ranks, and a kill
same_bits.py float  PROGRAM MPIRUN MAKE_STORES PRECISION     reduction = "float" gives other bits: the test can fail

PRECISION is fp32, or bf16 with train.bf16_arithmetic: "bf16 native", "bf16 f32".

Same bits: metrics.csv byte for byte, and every tensor of best.safetensors. 5 microbatches a batch, 4 in the last.
"""
import hashlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import safetensors.numpy

from program_run import BOTH, ENVIRONMENT, wait_for_checkpoint, wait_until_ranks_are_gone, write_config

mode, program, mpirun, make_stores = sys.argv[1:5]
precision, arithmetic = (sys.argv[5].split() + ["auto"])[:2]
SETTINGS = {**BOTH, "model.head": "hidden", "model.dropout": 0.5, "train.precision": precision,
            "train.bf16_arithmetic": arithmetic, "train.threads_per_rank": 1, "optimizer.max_lr": 1e-3}
EVERY_STEP = {"runtime.checkpoint_every_s": 0}


def command(run, config, ranks):
    return [mpirun, "--oversubscribe", "-n", str(ranks), program, "train", str(config), "--run", str(run)]


def train(run, config, ranks):
    done = subprocess.run(command(run, config, ranks), env=ENVIRONMENT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{ranks} ranks: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


def bits(run):
    trial = run / "trials" / "0000"
    tensors = safetensors.numpy.load_file(trial / "best.safetensors")
    tensors.pop("__digest__", None)
    weights = hashlib.sha256()
    for name in sorted(tensors):
        weights.update(name.encode() + tensors[name].tobytes())
    return (trial / "metrics.csv").read_bytes(), weights.hexdigest()


def config_of(folder, settings=()):
    return write_config(folder / "config.toml", folder / "stores", {**SETTINGS, **dict(settings)})


def results_on(folder, config, all_ranks):
    results = []
    for ranks in all_ranks:
        train(folder / f"run{ranks}", config, ranks)
        results.append(bits(folder / f"run{ranks}"))
    return results


def test_ranks(folder):
    results = results_on(folder, config_of(folder), (1, 2, 3, 4))
    for ranks, result in enumerate(results, start=1):
        both = f"{results[0][0].decode()}\n{result[0].decode()}"
        assert result[0] == results[0][0], f"metrics.csv of {ranks} ranks differs:\n{both}"
        assert result[1] == results[0][1], f"best.safetensors of {ranks} ranks differs"
    assert results[0][0].count(b"\n") == 3, "two epochs give a header and two lines"
    print("identical on 1, 2, 3 and 4 ranks: yes;", results[0][1])


def test_float(folder):
    results = results_on(folder, config_of(folder, {"train.reduction": "float"}), (1, 3))
    bits_seen = {weights for _, weights in results}
    assert len(bits_seen) > 1, "float sums gave the same bits on 1 and 3 ranks: the test can't fail"
    print("float reduction differs between numbers of ranks, as it must")


def test_replay(folder):
    train(folder / "old", write_config(folder / "old.toml", folder / "stores", {"train.epochs": 1}), 1)
    replaying = {"data.train": ["augment"], "data.val": ["augment"], "data.replay": 0.3,
                 "model.init": str(folder / "old"), "train.epochs": 4, **EVERY_STEP}
    config = write_config(folder / "config.toml", folder / "stores", replaying)
    train(folder / "run1", config, 1)
    train(folder / "run2", config, 2)
    killed = subprocess.Popen(command(folder / "killed", config, 2), env=ENVIRONMENT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, start_new_session=True)
    wait_for_checkpoint(folder / "killed", killed)
    if killed.poll() is None:
        os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    wait_until_ranks_are_gone(program, folder / "killed")
    train(folder / "killed", config, 1)
    # 17 crops of augment have a face, and 7 of base are drawn beside them: 7 / (17 + 7) is nearest to 0.3.
    steps = (folder / "run1/trials/0000/metrics.csv").read_text().splitlines()[1].split(",")[1]
    assert steps == "2", f"{steps} steps of 20 crops an epoch"
    compared = (folder / "run1/chosen/against_init.json").read_bytes()
    for other in ("run2", "killed"):
        assert bits(folder / other) == bits(folder / "run1"), f"{other} differs"
        assert (folder / other / "chosen/against_init.json").read_bytes() == compared, f"{other}: other differences"
    print("identical on 1 and 2 ranks and after a kill: yes")


def test_kills(folder, kills):
    config = config_of(folder, {**EVERY_STEP, "train.epochs": 4})
    start = time.monotonic()
    train(folder / "undisturbed", config, 1)
    alone_s = time.monotonic() - start
    chance = random.Random(5)
    done_kills = resumed = 0
    while done_kills < kills:
        ranks = chance.choice([1, 2, 3, 4])
        job = subprocess.Popen(command(folder / "killed", config, ranks), env=ENVIRONMENT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
        try:
            # Long enough to start and make some steps, short enough to end before the trial does.
            said, _ = job.communicate(timeout=chance.uniform(0.3, 0.8) * alone_s)
            if job.returncode == 0:  # finished before the kill: begin again with what is left of the kills
                assert bits(folder / "killed") == bits(folder / "undisturbed"), f"bits differ after {done_kills} kills"
                shutil.rmtree(folder / "killed")
                resumed += 1
                continue
            raise AssertionError(f"exit code {job.returncode} without a kill: {said}")
        except subprocess.TimeoutExpired:
            os.killpg(job.pid, signal.SIGKILL)
            subprocess.run(["pkill", "-9", "-f", str(folder / "killed")], check=False)
            job.wait()
            done_kills += 1
    train(folder / "killed", config, chance.choice([1, 2, 3, 4]))
    assert bits(folder / "killed") == bits(folder / "undisturbed"), "bits differ after the kills"
    print(f"kills: {done_kills}, runs completed on the way: {resumed}, identical: yes")


with tempfile.TemporaryDirectory(prefix="unmask-same-bits-") as name:
    folder = pathlib.Path(name)
    # An epoch of both datasets: 34 crops with a face, a batch of 5 microbatches and one of 4, the last of them smaller.
    subprocess.run([make_stores, str(folder / "stores"), "32", "18", "24"], check=True)
    {"ranks": test_ranks, "replay": test_replay, "float": test_float,
     "kills": lambda f: test_kills(f, int(sys.argv[6]))}[mode](folder)
