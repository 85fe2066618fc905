"""What arrives in a folder is judged once: watch.py PROGRAM MPIRUN FACES

Real program: files that arrive slowly, kills, another model, two ranks, stops. The verdicts are those of `predict`.
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

from program_run import ENVIRONMENT, expect, wait_until
from tiny_detector import Program, trained_model
from video_inputs import make_tree

unmask, faces = Program(*sys.argv[1:3]), pathlib.Path(sys.argv[3])
PICTURE = faces / "hopper.jpg"  # small
OWN_KEYS = ("bytes", "modified_ns", "judged")


def start(*words, ranks=0):
    """A watch that has begun to look."""
    job = subprocess.Popen(unmask.command("watch", *words, "--poll", "0.2", ranks=ranks), env=ENVIRONMENT,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    output = ""
    while "; verdicts go to " not in output:
        line = job.stdout.readline()
        if not line:
            sys.exit(f"exit code {job.wait()} before it watched\n{output}")
        output += line
    return job


def verdicts(out):
    """The lines that are whole, in order."""
    text = "".join(file.read_text() for file in sorted(out.glob("20*.jsonl")))
    return [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]


def wait_for(out, lines, job):
    wait_until(lambda: len(verdicts(out)) >= lines or job.poll() is not None, 60, pause_s=0.02)
    if len(verdicts(out)) < lines:
        job.kill()
        sys.exit(f"no {lines} verdicts in {out}, exit code {job.returncode}\n{job.communicate()[0]}")


def ends(job, asked, code):
    job.send_signal(asked)
    output = job.communicate(timeout=60)[0]
    expect(job.returncode == code, f"{asked.name}: exit code {code}", f"{job.returncode}\n{output}")
    return output


def inputs_in(uploads):
    paths = [path for path in uploads.rglob("*") if path.is_symlink() or not path.is_dir()]
    return sorted(str(path).replace("\n", r"\x0a") for path in paths)


def expect_each_once(uploads, out, what, models=1):
    lines = verdicts(out)
    judged = sorted((line["input"], line["model_digest"]) for line in lines)
    expect(len(set(judged)) == len(judged), what, str(judged))
    inputs = inputs_in(uploads)
    expect(sorted({name for name, _ in judged}) == inputs and len(judged) == models * len(inputs),
           f"{len(inputs)} inputs, each by {models} models", f"{judged}\n{inputs}")


def same_as_predict(model, uploads, out, what):
    alone, _ = unmask.must("predict", model, uploads, "--json", "-", code=4)
    plain = [{key: value for key, value in line.items() if key not in OWN_KEYS} for line in verdicts(out)]
    wanted = [json.loads(line) for line in alone.splitlines()]
    expect(sorted(plain, key=str) == sorted(wanted, key=str), what, f"{plain}\n{wanted}")


def slow_arrival(model, uploads, out):
    """A picture in two pieces, and beside it what can't be judged."""
    job = start(model, uploads, "--out", out)
    data = PICTURE.read_bytes()
    with open(uploads / "slow.jpg", "wb", buffering=0) as file:
        file.write(data[:len(data) // 2])
        (uploads / "deep").mkdir()
        (uploads / "deep" / "no video\n.mp4").write_text("a text")
        os.mkfifo(uploads / "fifo")
        (uploads / "circle").symlink_to(uploads)
        time.sleep(1.2)
        file.write(data[len(data) // 2:])
    wait_for(out, 4, job)
    _, refused = unmask.must("watch", model, uploads, "--out", out, "--once", code=1)
    expect("is in use by host" in refused, "a second watch is refused", refused)
    ends(job, signal.SIGTERM, 75)
    expect_each_once(uploads, out, "a file that arrives slowly is judged once")
    same_as_predict(model, uploads, out, "as it is when it is whole")


def kills(model, uploads, out, times):
    draws = random.Random(3)
    for kill in range(times):
        for i in range(6):
            shutil.copyfile(PICTURE, uploads / f"kill{kill}-{i}.jpg")
        job = start(model, uploads, "--out", out)
        wait_for(out, len(verdicts(out)) + draws.randrange(1, 5), job)
        time.sleep(draws.random() / 20)
        ends(job, signal.SIGKILL, -signal.SIGKILL)
    with open(out / "journal.jsonl", "a") as journal:
        journal.write('{"format":"unmask.wat')
    unmask.must("watch", model, uploads, "--out", out, "--once")
    expect_each_once(uploads, out, f"{times} kills: nothing is judged twice, nothing is left out")


def another_model(model, uploads, out):
    unmask.must("watch", model, uploads, "--out", out, "--once")
    expect_each_once(uploads, out, "another model judges again, once", models=2)


def ranks(model, uploads, out):
    job = start(model, uploads, "--out", out, ranks=2)
    wait_for(out, len(inputs_in(uploads)), job)
    ends(job, signal.SIGUSR1, 75)
    same_as_predict(model, uploads, out, "two ranks judge as `predict` does")


with tempfile.TemporaryDirectory(prefix="unmask-watch-") as name:
    folder = pathlib.Path(name)
    make_tree(folder / "tree", faces, 2)
    run, _ = trained_model(unmask, folder, folder / "tree")
    unmask.must("train", folder / "train.toml", "--set", "seed=2", "--run", folder / "other")
    uploads = folder / "uploads"
    uploads.mkdir()
    slow_arrival(run, uploads, folder / "out")
    kills(run, uploads, folder / "out", 3)
    another_model(folder / "other", uploads, folder / "out")
    shutil.copyfile(folder / "tree" / "real" / "p00.mp4", uploads / "clip.mp4")
    ranks(run, uploads, folder / "out2")
