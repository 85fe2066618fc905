"""The promise of the sweep, tested with the real program under real mpirun: results.csv is the same bytes, however the
sweep was run.

sweep_bits.py ranks  PROGRAM MPIRUN MAKE_STORES    1 to 4 ranks and the three modes, without and with a stopping rule
sweep_bits.py kills  PROGRAM MPIRUN MAKE_STORES N  N kills -9 at random moments of a rank, of mpirun, or of everything,
                                                   another number of ranks and another mode at each restart
sweep_bits.py soak   PROGRAM MPIRUN MAKE_STORES N  the same on 4 ranks and 12 trials, a checkpoint every step; long
"""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from program_run import BOTH, ENVIRONMENT, kill_everything, ranks_of, wait_until_ranks_are_gone, write_config

mode, program, mpirun, make_stores = sys.argv[1:5]
HALVING = {"sweep.stop": "halving", "sweep.cohort": 4, "sweep.rungs": 2}
MODES = ("sequential", "concurrent", "elastic")


def config_of(folder, name, trials, epochs, more=()):
    settings = {**BOTH, "model.dropout": 0.5, "sweep.trials": trials, **dict(more)}
    space = {"optimizer.max_lr": {"log_uniform": [1e-4, 1e-2]},
             "model.head": {"choice": ["linear", "hidden"]},
             "optimizer.schedule": {"choice": ["one_cycle", "constant"]},
             "optimizer.pct_start": {"uniform": [0.2, 0.5], "when": {"optimizer.schedule": "one_cycle"}},
             "train.epochs": {"integer": [1, epochs]},
             "data.train": {"choice": ["base", "both"]}}
    return write_config(folder / f"{name}.toml", folder / "stores", settings, space)


def command(run, config, ranks, sweep_mode, group_size=1):
    return [mpirun, "--oversubscribe", "-n", str(ranks), program, "sweep", str(config), "--run", str(run), "--set",
            f'sweep.mode="{sweep_mode}"', "--set", f"sweep.group_size={group_size}"]


def sweep(*arguments, more=()):
    done = subprocess.run([*command(*arguments), *more], env=ENVIRONMENT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{arguments}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"


SAME = ("results.csv", "results.jsonl", "chosen/model.safetensors", "chosen/README.md")


def results(run):
    return tuple((run / name).read_bytes() for name in SAME)


def require_same(run, reference, what):
    for name, got, wanted in zip(SAME, results(run), reference):
        difference = "" if name.endswith("safetensors") else f"\n{wanted.decode()}\n{got.decode()}"
        assert got == wanted, f"{name} differs: {what}{difference}"


def require_trace(file, ranks):
    """Every rank has its own timeline, with each kind of work in it; a step holds its parts."""
    events = json.loads(file.read_text())["traceEvents"]
    spans = [event for event in events if event["ph"] == "X"]
    assert {event["pid"] for event in spans} == set(range(ranks)), "a rank is missing"
    kinds = {event["name"].rstrip("0123456789 ") for event in spans}
    wanted = {"lease", "open", "step", "load", "read and augment", "forward", "backward", "bucket", "optimizer",
              "write checkpoint", "score and save epoch"}
    assert wanted <= kinds, f"no span of {wanted - kinds}"
    for part in (event for event in spans if event["name"] == "optimizer"):
        assert any(step["name"].startswith("step ") and step["pid"] == part["pid"] and step["ts"] <= part["ts"] and
                   part["ts"] + part["dur"] <= step["ts"] + step["dur"]
                   for step in spans), "an optimizer outside of steps"


def test_ranks(folder):
    for name, rule, epochs, ways in (("plain", {}, 2, ((1, "sequential", 1), (2, "elastic", 1), (3, "elastic", 1),
                                                       (4, "concurrent", 2))),
                                     ("halving", HALVING, 4, ((1, "concurrent", 1), (4, "elastic", 1)))):
        config = config_of(folder, name, 4, epochs, rule)
        reference = None
        for ranks, sweep_mode, group_size in ways:
            run = folder / f"{name}-{ranks}-{sweep_mode}"
            trace, cache = folder / f"{name}-{ranks}.json", folder / "cache"
            more = {4: ("--trace", str(trace)), 2: ("--set", f'data.cache_dir="{cache}"')}
            if ranks == 2:
                cache.mkdir()
                (cache / "0123.crops.tmp-1").write_text("of a job that was killed")
            sweep(run, config, ranks, sweep_mode, group_size, more=more.get(ranks, ()))
            reference = reference or results(run)
            require_same(run, reference, f"{name}: {ranks} ranks, {sweep_mode}")
            if ranks == 4:
                require_trace(trace, ranks)
            elif ranks == 2:
                assert len(list(cache.glob("*.crops"))) == 4, "not every store was copied to data.cache_dir"
                assert not list(cache.glob("*.tmp-*")), "half a copy was left in data.cache_dir"
        text = reference[0].decode()
        assert text.count("\n") == 5, text
        if name == "halving":
            assert ",stopped," in text and ",done," in text, f"the rule stopped nobody: the test shows nothing\n{text}"
        print(f"{name}: results.csv identical in {len(ways)} ways: yes")


def kill_something(job, run, chance):
    """A rank, mpirun, or everything; then waits until all of it is gone."""
    what = chance.choice(["rank", "mpirun", "everything"])
    ranks = list(ranks_of(program, run).values())
    if what == "rank" and ranks:
        os.kill(chance.choice(ranks), signal.SIGKILL)
    elif what == "mpirun":
        job.send_signal(signal.SIGKILL)
    else:
        kill_everything(job, program, run)
    job.wait()
    left = wait_until_ranks_are_gone(program, run)
    assert not left, f"killed {what}; ranks live on for a minute: {left}"
    return what


def test_kills(folder, kills, trials, epochs, fixed_ranks, gap_s):
    """`gap_s`: from a start to a kill, on average; None: a third of what an undisturbed sweep takes."""
    config = config_of(folder, "kills", trials, epochs, {"runtime.checkpoint_every_s": 0})
    start = time.monotonic()
    sweep(folder / "undisturbed", config, fixed_ranks or 2, "elastic")
    whole_s = time.monotonic() - start
    gap_s = gap_s or whole_s / 3
    print(f"undisturbed: {whole_s:.0f} s", flush=True)
    reference = results(folder / "undisturbed")
    chance = random.Random(int(os.environ.get("UNMASK_KILL_SEED", "5")))
    counts = {"rank": 0, "mpirun": 0, "everything": 0}
    resumes = completed = 0
    run = folder / "killed"
    while sum(counts.values()) < kills:
        ranks, sweep_mode = fixed_ranks or chance.choice([1, 2, 3, 4]), chance.choice(MODES)
        # What a killed mpirun leaves behind is named by its process id, and stops a later one that gets the same.
        shutil.rmtree(folder / "tmp", ignore_errors=True)
        (folder / "tmp").mkdir()
        job = subprocess.Popen(command(run, config, ranks, sweep_mode),
                               env=dict(ENVIRONMENT, TMPDIR=str(folder / "tmp")), stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, start_new_session=True)
        resumes += 1 if run.exists() else 0
        try:
            output = job.communicate(timeout=chance.uniform(0.3, 1.7) * gap_s)[0]
        except subprocess.TimeoutExpired:
            counts[kill_something(job, run, chance)] += 1
            if sum(counts.values()) % 20 == 0:
                print(f"kills: {sum(counts.values())}, {time.monotonic() - start:.0f} s", flush=True)
            continue
        assert job.returncode == 0, f"exit code {job.returncode} without a kill\n{output}"
        require_same(run, reference, f"after {sum(counts.values())} kills")
        completed += 1
        run = folder / f"killed-{completed}"
    sweep(run, config, fixed_ranks or chance.choice([1, 2, 3, 4]), chance.choice(MODES))
    require_same(run, reference, f"after {sum(counts.values())} kills")
    print(f"kills: {sum(counts.values())} ({counts['rank']} of a rank, {counts['mpirun']} of mpirun, "
          f"{counts['everything']} of everything), resumes: {resumes}, sweeps completed on the way: {completed}, "
          f"identical: yes")


with tempfile.TemporaryDirectory(prefix="unmask-sweep-bits-") as name:
    folder = pathlib.Path(name)
    # Of 18 crops 17 have a face: one batch an epoch, of both datasets two.
    subprocess.run([make_stores, str(folder / "stores"), "32", "62" if mode == "soak" else "18", "24"], check=True)
    if mode == "ranks":
        test_ranks(folder)
    elif mode == "kills":
        test_kills(folder, int(sys.argv[5]), trials=4, epochs=2, fixed_ranks=None, gap_s=None)
    else:
        test_kills(folder, int(sys.argv[5]), trials=12, epochs=3, fixed_ranks=4,
                   gap_s=float(os.environ.get("UNMASK_KILL_GAP_S", "10")))
