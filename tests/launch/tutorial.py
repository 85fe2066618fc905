"""Every command of docs/tutorial.md, as it stands there, on a small tree of videos:
tutorial.py PROGRAM MPIRUN MAKE_TINY_VIDEOS

Only where things lie is put in: ROOT, WORK, the program and the launcher.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from program_run import WITH_PYTHON, expect

program, mpirun, make_tiny_videos = sys.argv[1:4]
SOURCES = pathlib.Path(__file__).resolve().parents[2]
WANTED = ["prepare", "prepare", "split", "audit", "check", "train", "sweep", "report", "evaluate",
          "predict"]


def blocks():
    return re.findall(r"^```sh\n(.*?)^```$", (SOURCES / "docs/tutorial.md").read_text(), re.MULTILINE | re.DOTALL)


def script(folder):
    """The blocks one after the other, as a user's shell would get them; what each runs is shown."""
    text = "".join(blocks())
    for pattern, place in ((r"^ROOT=\S+", f"ROOT={folder}/mine"), (r"^WORK=\S+", f"WORK={folder}/work"),
                           (r"^(.*)build/unmask ", rf"\1{program} "),
                           (r"^\.venv/bin/mpirun", f"{mpirun} --oversubscribe")):
        text, count = re.subn(pattern, place, text, flags=re.MULTILINE)
        expect(count > 0, f"the document has {pattern}")
    return text


with tempfile.TemporaryDirectory(prefix="unmask-") as name:
    folder = pathlib.Path(name)
    subprocess.run([make_tiny_videos, str(folder / "mine"), "12"], check=True)
    commands = script(folder)
    expect(re.findall(re.escape(program) + r" (\w+)", commands) == WANTED, "the document has the commands expected",
           commands)
    (folder / "commands").write_text(commands)  # on standard input mpirun would read them
    done = subprocess.run(["bash", "-euo", "pipefail", "-x", str(folder / "commands")], env=WITH_PYTHON, cwd=SOURCES,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=550)
    expect(done.returncode == 0, "every command ends well", done.stdout)
    work = folder / "work"
    for made in ("stores/mine/test.crops", "one/trials/0000/best.safetensors", "one/config.toml", "sweep/report.html",
                 "sweep/results.csv", "frames.csv", "verdicts.jsonl"):
        expect((work / made).stat().st_size > 0, f"{made} is there", done.stdout)
    expect("core-hours" in done.stdout, "the work is told before", done.stdout)
    rows = (work / "frames.csv").read_text().splitlines()
    expect(len(rows) > 10, "frames are scored", "\n".join(rows))
