"""The program under a real Slurm and over several hosts, with faults: the same bits in the end, or an end where
there can be none.

cluster_test.py PROGRAM MPIRUN MAKE_STORES [--times N] [--short] [NAME…]

NAME: a case, or its beginning; --list shows them. --short runs three cases once. Root only: hosts and Slurm are made by
`tb` beside this file, in name spaces of this machine. The last line is `N passed, N failed`; what can't be run fails.
"""
import argparse
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
sys.path.insert(0, str(CHECKOUT / "tests/launch"))
from program_run import ranks_of, write_config  # noqa: E402

HOSTS = ("h1", "h2")
TIMEOUT_S = 6
GRACE_S = 5
SETTINGS = {"runtime.checkpoint_every_s": 1, "runtime.lock_lease_s": 3}
SPACE = {"optimizer.max_lr": {"choice": [1e-4, 1e-3]}}


class Failed(Exception):
    pass


def expect(condition, what):
    if not condition:
        raise Failed(what)


def wait_until(condition, what, timeout_s=180):
    """The first value of `condition` that is true."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise Failed(f"not within {timeout_s} s: {what}")


def call(*words, check=True):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=600)
    if check and done.returncode != 0:
        raise Failed(f"{' '.join(map(str, words))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.strip()


def tb(*words, check=True):
    return call(HERE / "tb", *words, check=check)


def step_of(run):
    try:
        return max(group["step"] for group in json.loads((run / "status.json").read_text())["groups"])
    except (OSError, ValueError, KeyError):
        return 0


def wait_for_step(run, step=1):
    wait_until(lambda: step_of(run) >= step, f"step {step} in {run}")


class Job:
    """A batch job; `id` is Slurm's, for an element of an array with its number."""

    def __init__(self, id, log):
        self.id, self.log = id, log

    def facts(self):
        told = call("scontrol", "show", "job", "-o", self.id)
        return dict(word.split("=", 1) for word in told.split() if "=" in word)

    def state(self):
        return self.facts()["JobState"]

    def restarts(self):
        return int(self.facts()["Restarts"])

    def told(self):
        return f"exit code {self.facts()['ExitCode']}, {self.restarts()} restarts"

    def ask_to_stop(self):
        """As Slurm does before the time limit. scancel signals an array's element, but ends with 229."""
        call("scancel", "--batch", "--signal=USR1", self.facts()["JobId"], check=False)

    def end(self, timeout_s=420):
        """Its last state: one that it still has after four seconds, because a requeued job passes through others."""
        over = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "PREEMPTED")
        since = [None, 0.0]

        def settled():
            state = self.state()
            if state != since[0]:
                since[:] = [state, time.monotonic()]
            return state in over and (state == "COMPLETED" or time.monotonic() - since[1] > 4) and state

        return wait_until(settled, f"job {self.id} is over: {self.state()}", timeout_s)


class Cluster:
    def __init__(self, options, folder):
        self.program, self.mpirun, self.folder = options.program, options.mpirun, folder
        self.references, self.launched = {}, None
        self.count = 0
        call(options.make_stores, folder / "stores", 32, 42, 24)

    def config(self, epochs=4, sweep=False):
        return write_config(self.folder / f"{'sweep' if sweep else 'train'}-{epochs}.toml", self.folder / "stores",
                            {**SETTINGS, "train.epochs": epochs}, SPACE if sweep else ())

    def reference(self, config):
        """An undisturbed run on this machine."""
        if config not in self.references:
            run = self.folder / f"{config.stem}-reference"
            call(self.mpirun, "--oversubscribe", "-n", 2, self.program, config.stem.split("-")[0], config, "--run", run)
            self.references[config] = run
        return self.references[config]

    def new_run(self, name):
        self.count += 1
        return self.folder / f"{self.count:03}-{name}"

    def submit(self, launcher, script, run, *arguments, options=(), environment=None):
        """The ids that Slurm gave: several for an array."""
        log = f"{run}.out" if not any("--array" in option for option in options) else f"{run}-%a.out"
        variables = {**os.environ, "UNMASK_HOME": str(CHECKOUT), "UNMASK_PROGRAM": self.program,
                     "UNMASK_MPIRUN": self.mpirun, "UNMASK_LAUNCHER": launcher, **(environment or {})}
        words = ["sbatch", "--parsable", "--nodes=2", "--ntasks-per-node=1", f"--output={log}", *options,
                 str(CHECKOUT / "slurm" / script), *map(str, arguments), "--run", str(run)]
        done = subprocess.run(words, env=variables, capture_output=True, text=True, cwd=self.folder)
        expect(done.returncode == 0, f"{words}: {done.stderr}")
        return Job(done.stdout.strip(), log)

    def train(self, launcher, name, *arguments, epochs=4, **more):
        config, run = self.config(epochs), self.new_run(f"{name}-{launcher}")
        return self.submit(launcher, "train.sbatch", run, config, *arguments, **more), config, run

    def require_same(self, run, config):
        reference = self.reference(config)
        for file in ("results.csv", "trials/0000/metrics.csv", "chosen/model.safetensors"):
            expect((run / file).read_bytes() == (reference / file).read_bytes(),
                   f"{run / file} differs from {reference / file}")

    def require_completed(self, job, config, run, timeout_s=420):
        state = job.end(timeout_s)
        expect(state == "COMPLETED", f"job {job.id} ends as {state}")
        expect(job.restarts() > 0, f"job {job.id} was never requeued: the case shows nothing")
        self.require_same(run, config)

    def slurm_up(self, check=True):
        tb("slurm-up", self.folder / "slurm", len(HOSTS), check=check)

    def node_is_down(self, host):
        return call("sinfo", "-h", "-N", "-n", host, "-o", "%t").split()[:1] == ["down*"]

    def crash(self, host):
        """Down, and up again when Slurm has seen it."""
        tb("host-kill", host)
        wait_until(lambda: self.node_is_down(host), f"{host} is down for Slurm")
        self.slurm_up(check=False)

    def ranks_of(self, run):
        return ranks_of(self.program, run)

    def over_hosts(self, config, run, *launcher_options, timeout_s=TIMEOUT_S):
        """The program on two ranks a host, by mpirun without Slurm."""
        tb("hosts-up", len(HOSTS))
        words = [str(HERE / "tb"), "mp", *launcher_options, "--host", "h1:2,h2:2", "-n", "4", self.program,
                 config.stem.split("-")[0], str(config), "--run", str(run), "--set", f"runtime.timeout_s={timeout_s}"]
        with open(f"{run}.out", "a") as log:
            self.launched = subprocess.Popen(words, env=dict(os.environ, MPIRUN=self.mpirun),
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        return self.launched


# --- Under Slurm, by srun and by mpirun. Each goes through a fault and ends COMPLETED, with the bits of a run without.

def time_limit(cluster, launcher):
    """Slurm may send the signal up to a minute early, within half a minute after the start: many starts."""
    job, config, run = cluster.train(launcher, "time-limit", epochs=24, options=("--time=1", "--signal=B:USR1@30"))
    cluster.require_completed(job, config, run, timeout_s=1200)


def preemption(cluster, launcher):
    job, config, run = cluster.train(launcher, "preemption")
    wait_for_step(run)
    call("sbatch", "--partition=high", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 2")
    cluster.require_completed(job, config, run)


def requeue(cluster, launcher):
    job, config, run = cluster.train(launcher, "requeue")
    wait_for_step(run)
    call("scontrol", "requeue", job.id)
    cluster.require_completed(job, config, run)


def batch_node_crash(cluster, launcher):
    job, config, run = cluster.train(launcher, "batch-node-crash")
    wait_for_step(run)
    cluster.crash(job.facts()["BatchHost"])
    cluster.require_completed(job, config, run)


def other_node_crash(cluster, launcher):
    job, config, run = cluster.train(launcher, "other-node-crash")
    wait_for_step(run)
    cluster.crash(next(host for host in HOSTS if host != job.facts()["BatchHost"]))
    cluster.require_completed(job, config, run)


def array_element(cluster, launcher):
    """Two slices of a sweep; one is requeued. Together they are the sweep in one piece."""
    config, run = cluster.config(sweep=True), cluster.new_run(f"array-{launcher}")
    whole = cluster.submit(launcher, "sweep.sbatch", run, config, options=("--array=0-1", "--nodes=1"))
    first, second = (Job(f"{whole.id}_{element}", f"{run}-{element}.out") for element in (0, 1))
    slice_folder = run / "slice-1-of-2"
    wait_for_step(slice_folder)
    call("scontrol", "requeue", second.id)
    expect(first.end() == "COMPLETED" and second.end() == "COMPLETED",
           f"{first.id} {first.state()}, {second.id} {second.state()}")
    expect(second.restarts() > 0 and first.restarts() == 0, "one element was requeued, the other not")
    table = cluster.folder / "array.csv"
    call(cluster.program, "report", run, "--csv", table)
    expect(table.read_bytes() == (cluster.reference(config) / "results.csv").read_bytes(), "results.csv differs")


def chain(cluster, launcher):
    """Where requeue is forbidden: element 1 is stopped, 2 goes on to the end, 3 isn't needed any more."""
    config, run = cluster.config(sweep=True), cluster.new_run(f"chain-{launcher}")
    whole = cluster.submit(launcher, "sweep.sbatch", run, config, options=("--array=1-3%1",),
                           environment={"UNMASK_RESTART": "chain"})
    jobs = [Job(f"{whole.id}_{element}", f"{run}-{element}.out") for element in (1, 2, 3)]
    wait_for_step(run)
    jobs[0].ask_to_stop()
    states = [job.end() for job in jobs]
    expect(states == ["FAILED", "COMPLETED", "CANCELLED"], str(states))
    expect(jobs[0].facts()["ExitCode"] == "75:0", jobs[0].facts()["ExitCode"])
    reference = cluster.reference(config)
    expect((run / "results.csv").read_bytes() == (reference / "results.csv").read_bytes(), "results.csv differs")


# --- And ends where none can come.

def scancel(cluster, launcher):
    job, _, run = cluster.train(launcher, "scancel")
    wait_for_step(run)
    call("scancel", job.id)
    expect(job.end() == "CANCELLED", job.state())
    time.sleep(8)  # a requeued job could start again by now
    expect(job.state() == "CANCELLED" and job.restarts() == 0, "it stays cancelled")
    expect(not cluster.ranks_of(run), "no rank is left behind")


def broken_config(cluster, launcher):
    job, _, run = cluster.train(launcher, "broken-config", "--set", "train.epochs=-1")
    expect(job.end() == "FAILED", job.state())
    expect(job.facts()["ExitCode"] == "2:0" and job.restarts() == 0, job.told())
    expect("train.epochs" in pathlib.Path(job.log).read_text(), "the log names the key")


def missing_store(cluster, launcher):
    job, _, run = cluster.train(launcher, "missing-store", "--set", 'data.stores="/nowhere"')
    expect(job.end() == "FAILED", job.state())
    expect(job.facts()["ExitCode"] in ("2:0", "3:0") and job.restarts() == 0, job.told())


def restart_bound(cluster, launcher):
    """Asked to stop in each start, after a step: restarts with progress don't count, though only one is allowed."""
    job, _, run = cluster.train(launcher, "restart-bound", epochs=24, environment={"UNMASK_MAX_RESTARTS": "1"})
    trial_log = run / "trials/0000/log.txt"
    for attempt in (1, 2, 3, 4):
        wait_until(lambda: trial_log.exists() and f"attempt {attempt}:" in trial_log.read_text(), f"attempt {attempt}")
        job.ask_to_stop()
    expect(job.end() == "COMPLETED" and job.restarts() == 4, f"{job.state()} {job.told()}")


def no_progress(cluster, launcher):
    """A program that always fails is started twice."""
    job, _, run = cluster.train(launcher, "no-progress", environment={"UNMASK_PROGRAM": "/bin/false"})
    expect(job.end() == "FAILED", job.state())
    expect(job.restarts() == 1, f"{job.restarts()} restarts")


# --- mpirun over two hosts, without Slurm.

def hosts_same_bits(cluster):
    config, run = cluster.config(), cluster.new_run("hosts")
    # Nothing is to fail here: a busy machine may be silent for a while.
    code = cluster.over_hosts(config, run, timeout_s=60).wait(timeout=300)
    expect(code == 0, f"exit code {code}\n" + pathlib.Path(f"{run}.out").read_text())
    cluster.require_same(run, config)


def end_in_time(cluster, config, run, job, since):
    """Exit code 75 in time, no rank left, and the next start goes on to the same bits."""
    code = job.wait(timeout=300)
    seconds = time.monotonic() - since
    told = pathlib.Path(f"{run}.out").read_text()
    tb("link", "h2", "up")
    expect(code == 75, f"exit code {code} after {seconds:.1f} s\n{told}")
    expect(seconds <= TIMEOUT_S + GRACE_S,
           f"ended after {seconds:.1f} s, wanted {TIMEOUT_S + GRACE_S} s at most\n{told}")
    wait_until(lambda: not cluster.ranks_of(run), "no rank is left behind", 30)
    code = cluster.over_hosts(config, run).wait(timeout=300)
    expect(code == 0, f"the next start: exit code {code}\n" + pathlib.Path(f"{run}.out").read_text())
    cluster.require_same(run, config)


def hosts_cut_link(cluster):
    config, run = cluster.config(8), cluster.new_run("cut-link")
    job = cluster.over_hosts(config, run)
    wait_for_step(run)
    tb("link", "h2", "down")
    end_in_time(cluster, config, run, job, time.monotonic())


def hosts_stopped_rank(cluster):
    config, run = cluster.config(8), cluster.new_run("stopped-rank")
    job = cluster.over_hosts(config, run)
    wait_for_step(run)
    os.kill(cluster.ranks_of(run)[3], signal.SIGSTOP)
    end_in_time(cluster, config, run, job, time.monotonic())


def hosts_dead_rank(cluster):
    """MPI survives deaths: the sweep goes on without the rank, and nobody starts it again."""
    config, run = cluster.config(8, sweep=True), cluster.new_run("dead-rank")
    job = cluster.over_hosts(config, run, "--with-ft", "ulfm")
    wait_for_step(run)
    os.kill(cluster.ranks_of(run)[3], signal.SIGKILL)
    code, told = job.wait(timeout=300), pathlib.Path(f"{run}.out").read_text()
    expect(code == 0 and "rank 3 on h2 has died; the sweep goes on with 3 of 4 ranks" in told,
           f"exit code {code}\n{told}")
    cluster.require_same(run, config)


BOTH = ("srun", "mpirun")
SLURM_CASES = (time_limit, preemption, requeue, batch_node_crash, other_node_crash, array_element, chain, scancel,
               broken_config, missing_store, restart_bound, no_progress)
HOST_CASES = (hosts_same_bits, hosts_cut_link, hosts_stopped_rank, hosts_dead_rank)
# Nothing in them is left to chance.
ONCE = (broken_config, missing_store, restart_bound, no_progress, chain, hosts_same_bits)
SHORT = ("broken_config.srun", "requeue.srun", "hosts_same_bits")


def all_cases():
    cases = {f"{case.__name__}.{launcher}": (case, (launcher,)) for case in SLURM_CASES for launcher in BOTH}
    cases.update({case.__name__: (case, ()) for case in HOST_CASES})
    return cases


def require_machine():
    fault = None
    if os.geteuid() != 0:
        fault = "root is needed to make hosts (name spaces) and to run Slurm's daemons"
    elif subprocess.run(["unshare", "-n", "-m", "-p", "-f", "true"], capture_output=True).returncode != 0:
        fault = "this machine makes no network, mount and process name spaces (a container without the right to?)"
    else:
        wanted = ("slurmctld", "slurmd", "sbatch", "munged", "ip", "pgrep")
        missing = [name for name in wanted if shutil.which(name) is None]
        if missing:
            fault = f"missing: {', '.join(missing)}; scripts/setup --cluster installs them"
    if fault:
        sys.exit(f"cluster test: NOT RUN, so it fails: {fault}\n0 passed, 1 failed")


def run_cases(cluster, names, times):
    passed, failures = 0, []
    for name in names:
        case, arguments = all_cases()[name]
        for turn in range(1 if case in ONCE else times):
            start = time.monotonic()
            try:
                case(cluster, *arguments)
            except (Failed, OSError, KeyError, subprocess.SubprocessError) as fault:
                failures.append(name)
                print(f"FAILED: {name}, time {turn + 1}: {fault}")
                for log in sorted(cluster.folder.glob(f"{cluster.count:03}-*.out")):
                    print(f"--- {log.name}\n{log.read_text()[-4000:]}---")
                call("scancel", "--user=root", check=False)
                if cluster.launched:
                    cluster.launched.kill()
                tb("link", "h2", "up", check=False)
                cluster.slurm_up(check=False)
            else:
                passed += 1
                print(f"seen: {name}, time {turn + 1} ({time.monotonic() - start:.0f} s)", flush=True)
    return passed, failures


def main():
    parser = argparse.ArgumentParser()
    for name in ("program", "mpirun", "make_stores"):
        parser.add_argument(name, type=os.path.abspath)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("names", nargs="*")
    options = parser.parse_intermixed_args()
    names = [name for name in all_cases() if not options.names or name.startswith(tuple(options.names))]
    if options.short:
        names, options.times = list(SHORT), 1
    if options.list or not names:
        sys.exit("\n".join(all_cases()))
    require_machine()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # and what was made is taken down
    os.makedirs("/run/tb", exist_ok=True)
    lock = open("/run/tb/lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # there is one h1
    # Not in /tmp: each host has its own.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="unmask-cluster-", dir="/var/tmp"))
    os.environ.update(SLURM_CONF=str(folder / "slurm/slurm.conf"), TB_SHARE=str(CHECKOUT), OMP_NUM_THREADS="1",
                      OMPI_MCA_mpi_yield_when_idle="1")  # ranks share cores here
    failures = ["set-up"]
    try:
        cluster = Cluster(options, folder)
        cluster.slurm_up()
        passed, failures = run_cases(cluster, names, options.times)
    finally:
        tb("slurm-down", folder / "slurm", check=False)
        tb("hosts-down", check=False)
        if not failures:
            shutil.rmtree(folder)
    if failures:
        print(f"failed: {', '.join(failures)}; {folder} is kept")
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())
