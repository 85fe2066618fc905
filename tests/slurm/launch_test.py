"""slurm/launch on stubs of Slurm's programs: which restarts count, and what it does in the grace.

A start is a call of slurm/launch; the stub of srun makes progress or none, asks for a stop as Slurm does, and ends
with 75.
"""
import os
import pathlib
import subprocess
import tempfile

LAUNCH = pathlib.Path(__file__).resolve().parents[2] / "slurm/launch"
STUBS = {
    # Slurm's signal comes to the batch shell while the ranks work. Calls with another --mpi are no start of ranks.
    "srun": """[[ $1 == --mpi=pmix ]] || exit 0
trap '' USR1
echo start >>"$TOLD"
mkdir -p "$RUN" && touch "$RUN/config.toml"
[[ -n $STEP ]] && touch "$RUN/step-$STEP.safetensors"
touch "$TOLD.asked"
kill -USR1 "$PPID"
exit 75
""",
    "find": '[[ -e $TOLD.asked ]] && echo "find in the grace" >>"$TOLD"; exec /usr/bin/find "$@"',
    "scontrol": 'echo "$*" >>"$TOLD"',
    "sleep": "",
}


def start(folder, restarts, step):
    """What one start did: its lines, its last words. `step`: "" = without progress."""
    told = folder / "told"
    for leftover in (told, folder / "told.asked"):
        leftover.unlink(missing_ok=True)
    environment = dict(os.environ, PATH=f"{folder / 'stubs'}:{os.environ['PATH']}", TOLD=str(told), STEP=str(step),
                       RUN=str(folder / "run"), SLURM_JOB_ID="7", SLURM_NTASKS="1", SLURM_RESTART_COUNT=str(restarts),
                       UNMASK_PROGRAM="/bin/true", UNMASK_MAX_RESTARTS="2")
    job = subprocess.run([LAUNCH, "train", "a.toml", "--run", folder / "run"], env=environment, capture_output=True,
                         text=True, timeout=60)
    assert job.returncode == 75, f"exit code {job.returncode}\n{job.stderr}"
    return told.read_text().splitlines() if told.exists() else [], job.stderr


with tempfile.TemporaryDirectory(prefix="unmask-launch-") as name:
    folder = pathlib.Path(name)
    (folder / "stubs").mkdir()
    for program, script in STUBS.items():
        (folder / "stubs" / program).write_text(f"#!/bin/bash\n{script}\n")
        (folder / "stubs" / program).chmod(0o755)
    again = ["start", "requeue 7"]
    restarts = 0
    for restarts in range(25):
        lines, words = start(folder, restarts, step=restarts)
        assert lines == again, f"preempted for the time {restarts + 1}, with progress\n{lines}\n{words}"
    print("seen: 25 preemptions with progress, no bound reached, no look at the disk in the grace")
    for idle in range(3):
        lines, words = start(folder, restarts + 1 + idle, step="")
        assert lines == again, f"{idle} restarts before it were without progress\n{lines}\n{words}"
    lines, words = start(folder, restarts + 4, step="")
    assert lines == [] and "2 times in a row without progress" in words, f"{lines}\n{words}"
    print("seen: two restarts without progress are allowed, a third is the end")
