"""What the tests, and the benches of sweeps, that run the program under mpirun share."""
import json
import os
import re
import signal
import subprocess
import sys
import time

# A shell's background job ignores it, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Ranks share cores here: one that waits must let the others work. The rest is set by scripts/mpirun.
WITH_PYTHON = dict(os.environ, OMP_NUM_THREADS="1", OMPI_MCA_mpi_yield_when_idle="1")
# Without the Python that writes chosen/model.pth at a sweep's end, which takes as long as a tiny trial.
ENVIRONMENT = dict(WITH_PYTHON, UNMASK_PYTHON="/no/such/python")

# Steps of 5 microbatches; an epoch of the stores that make_tiny_stores makes takes seconds.
TINY = {"seed": 3, "data.train": ["base"], "data.val": ["base"], "model.init": "random", "train.epochs": 2,
        "train.global_batch_size": 20, "train.microbatch_size": 4, "train.precision": "fp32", "runtime.device": "cpu"}
BOTH = {"data.train": ["base", "augment"], "data.val": ["base", "augment"]}


def toml(value):
    """JSON, but for tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(part)}" for key, part in value.items()) + " }"
    return json.dumps(value)


def write_config(path, stores, settings=(), space=()):
    """The config TINY on these stores with other `settings`, {"train.epochs": 4}, and the `space` of a sweep,
    {"optimizer.max_lr": {"choice": [1e-4, 1e-3]}}. Returns `path`."""
    keys = {**TINY, "data.stores": str(stores), **dict(settings)}
    lines = [f"{key} = {toml(value)}" for key, value in keys.items()]
    lines += [f"sweep.space.{json.dumps(key)} = {toml(values)}" for key, values in dict(space).items()]
    path.write_text("\n".join(lines) + "\n")
    return path


def expect(condition, what, output=""):
    if not condition:
        sys.exit(f"not so: {what}\n{output}")
    print("seen:", what, flush=True)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read() != b""  # a zombie has none: ranks of a launcher that is gone may be one for a while
    except OSError:
        return False


def wait_until(look, seconds, pause_s=0.05):
    """What `look` gives as soon as that is true; what it gives after so many seconds, where that comes first."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(pause_s)
    return seen


def wait_for_step(run, step=1, job=None):
    """status.json of the run, written by a living process, as soon as some group has made so many steps.
    A `job` that ends before that is the end."""
    def status_with_step():
        try:
            status = json.loads((run / "status.json").read_text())
            if is_alive(status["pid"]) and any(group["step"] >= step for group in status["groups"]):
                return status
        except (OSError, ValueError):
            pass
        if job is not None and job.poll() is not None:
            sys.exit(f"exit code {job.returncode} before step {step}\n{job.communicate()[0]}")

    return wait_until(status_with_step, 300) or sys.exit(f"no step {step} within five minutes")


def steps_saved(run):
    """Steps in the newest checkpoint of the trial that is farthest; 0 without a checkpoint."""
    checkpoints = run.glob("trials/*/checkpoints/step-*.safetensors")
    return max((int(file.stem.removeprefix("step-")) for file in checkpoints), default=0)


def wait_for_checkpoint(run, job):
    """Sooner than wait_for_step, which may see a step two seconds late: of a `job` that saves every step. Returns also
    where the job is done before, which a disk that is slow to write may lead to."""
    if not wait_until(lambda: steps_saved(run) or job.poll() is not None, 300, pause_s=0.02):
        sys.exit("no checkpoint within five minutes")
    if job.poll() and not steps_saved(run):
        sys.exit(f"exit code {job.returncode} without a checkpoint\n{job.communicate()[0]}")


def ranks_of(program, run):
    """Process of each rank that works on `run`, by rank; not the launchers."""
    return ranks_with(f"^{re.escape(program)} (sweep|train) .*--run {re.escape(str(run))}( |$)")


def wait_until_ranks_are_gone(program, run):
    """As mpirun ends a rank may still be torn down. Returns those that are there after a minute."""
    wait_until(lambda: not ranks_of(program, run), 60)
    return ranks_of(program, run)


def kill_everything(job, program, run):
    """SIGKILL to every rank and to mpirun, whose end is waited for."""
    for pid in ranks_of(program, run).values():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    job.send_signal(signal.SIGKILL)
    job.wait()


def expect_no_rank_left(program, run):
    left = wait_until_ranks_are_gone(program, run)
    expect(not left, "no rank is left behind", str(left))


def ranks_with(command_line):
    """Process of each rank whose command line matches."""
    listed = subprocess.run(["pgrep", "-f", command_line], capture_output=True, text=True)
    ranks = {}
    for pid in map(int, listed.stdout.split()):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                variables = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
        except OSError:
            continue
        ranks[int(variables.get(b"OMPI_COMM_WORLD_RANK", b"0"))] = pid
    return ranks
