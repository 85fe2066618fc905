"""scripts/mpirun before a stub of Open MPI's: exit codes of a job that is asked to stop as it is loaded. Before the
real one: a job starts beside what killed jobs left, whatever its PID.

usage: mpirun_test.py MPIRUN
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

# A shell's background job ignores it, and so would all that is started here.
signal.signal(signal.SIGINT, signal.default_int_handler)
SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/mpirun"


def exit_code(folder, rank, asks):
    """`rank`: what the stub does; it says when it is there."""
    (folder / "mpirun.openmpi").write_text(f"#!/bin/bash\n{rank}\n")
    (folder / "mpirun.openmpi").chmod(0o755)
    job = subprocess.Popen([folder / "mpirun", "-n", "1", "true"], stdout=subprocess.PIPE, text=True)
    assert job.stdout.readline() == "there\n"
    for ask in asks:
        os.kill(job.pid, ask)
    return job.wait(timeout=60)


with tempfile.TemporaryDirectory(prefix="unmask-mpirun-") as name:
    folder = pathlib.Path(name)
    shutil.copy(SCRIPT, folder / "mpirun")
    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        code = exit_code(folder, "echo there; exec sleep 60", [asked])  # without a handler yet
        assert code == 75, f"{asked!r}: exit code {code}"
    print("seen: who is asked to stop before it can hear it has stopped on request")
    code = exit_code(folder, "echo there; exit 138", [])
    assert code == 138, f"nobody asked: exit code {code}"
    code = exit_code(folder, "trap 'exit 1' USR1; echo there; while true; do sleep 0.05; done", [signal.SIGINT])
    assert code == 1, f"another fault: exit code {code}"
    print("seen: other exit codes stay")

with tempfile.TemporaryDirectory(prefix="unmask-mpirun-") as name:
    folder = pathlib.Path(name)
    # What a killed job leaves, for every PID that the next one could get.
    for pid in range(os.getpid(), os.getpid() + 1000):
        (folder / f"ompi.{pid}").mkdir()
        (folder / f"ompi.{pid}/pmix.{os.uname().nodename}.tool").touch()
    before = sorted(folder.iterdir())
    job = subprocess.run([sys.argv[1], "-n", "2", "--oversubscribe", "echo", "there"], capture_output=True, text=True,
                         env=os.environ | {"TMPDIR": name})
    assert job.returncode == 0 and job.stdout == "there\n" * 2, f"exit code {job.returncode}: {job.stderr}"
    assert sorted(folder.iterdir()) == before, "a job that ended left files"
    print("seen: a job starts beside what killed ones left, and leaves nothing")
