"""A verdict on loose videos and pictures: predict.py PROGRAM MPIRUN FACES [HOSTILE]

Real program, a model that was trained for a moment on videos. The scores of its frames are those that `evaluate` gives
the crops of `prepare`; ranks don't change a byte; HOSTILE inputs get a line each, and the good ones beside them theirs.
"""
import collections
import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

from hostile_inputs import make_hostile
from program_run import ENVIRONMENT, expect
from tiny_detector import Program, trained_model
from video_inputs import make_tree

program, mpirun, faces = sys.argv[1:4]
hostile = int(sys.argv[4]) if len(sys.argv) > 4 else 40
unmask = Program(program, mpirun)
must = unmask.must
FEW = ("--frames", "6")  # of a video; finding faces takes longest here


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def scores_are_those_of_evaluate(folder, root, encoding):
    model, store = trained_model(unmask, folder, root, encoding)
    must("evaluate", model, store, "--csv", folder / "scores.csv")
    wanted = {}
    for row in csv.DictReader(open(folder / "scores.csv", newline="")):
        if row["status"] == "ok":
            wanted[("fake" if row["label"] == "1" else "real", row["video"].split("/")[-1], int(row["frame"]))] = float(
                row["score"])
    out, _ = must("predict", model, root, *FEW, "--json", "-")
    got = {}
    for line in lines(out):
        path = pathlib.Path(line["input"])
        for face in line["faces"]:
            if face["track"] == 0:
                got[(path.parent.name, path.stem, face["frame"])] = face["score"]
    expect(len(wanted) >= 12 and wanted.keys() <= got.keys(), f"{encoding}: each crop of prepare is found again",
           f"{sorted(wanted)}\n{sorted(got)}")
    far = {key: (score, got[key]) for key, score in wanted.items() if abs(score - got[key]) > 1e-6}
    expect(not far, f"{encoding}: {len(wanted)} scores are those that evaluate gives prepare's crops", str(far))
    return model


def same_for_ranks(model, root, folder):
    out, _ = must("predict", model, root, *FEW, "--json", "-")
    for ranks in (2, 3):
        file = folder / f"verdicts-{ranks}.jsonl"
        table, _ = must("predict", model, root, *FEW, "--json", file, ranks=ranks)
        expect(file.read_text() == out, f"{ranks} ranks: the same lines")
        expect("no manipulation found" in table or "fake" in table, "and a table", table)


def says_where_there_is_no_sandbox(model):
    for ranks in (0, 2):
        _, said = must("predict", model, f"{faces}/hopper.jpg", "--no-sandbox", ranks=ranks)
        expect(said.count("no sandbox: ") == 1, f"it is said once that there is no sandbox, {ranks} ranks", said)


def copies_are_whole(model, root, folder):
    """--video: of each video a copy, by its number; none of a photo and of what can't be read."""
    odd = folder / "odd\n; name"
    odd.mkdir()
    for i, good in enumerate(sorted(root.rglob("*.mp4"))[:2]):
        (odd / f"{i}").mkdir()
        shutil.copy(good, odd / f"{i}" / "a\n\x1b[2J b.mp4")
    shutil.copy(f"{faces}/hopper.jpg", odd / "photo.jpg")
    (odd / "rubbish.mp4").write_text("no video")
    written = []
    for ranks in (0, 2):
        copies = folder / f"copies-{ranks}"
        out, _ = must("predict", model, odd, *FEW, "--json", "-", "--video", copies, ranks=ranks, code=4)
        written.append({path.name: path.read_bytes() for path in sorted(copies.iterdir())})
    names = list(written[0])
    expect(names == ["0001-a___2J_b.mp4", "0002-a___2J_b.mp4"], "a copy of each video", str(names))
    expect(written[0] == written[1], "two ranks write the same copies")
    for line, name in zip(lines(out), names):
        probe = "ffprobe -v error -count_frames -show_entries stream=nb_read_frames -of csv=p=0".split()
        frames = subprocess.run([*probe, str(copies / name)], capture_output=True, text=True, check=True)
        expect(int(frames.stdout) == line["frames"]["of"] and frames.stderr == "", f"{name}: all frames", str(frames))
    file = folder / "copies-0" / "0001-a___2J_b.mp4"
    _, err = must("predict", model, odd, "--video", file, code=1)
    expect(file.name in err, "a file is no folder for copies", err)


def hostile_among_good(model, root, folder):
    mixed = folder / "mixed"
    mixed.mkdir()
    good = sorted(root.rglob("*.mp4"))
    made = make_hostile(mixed, good[0], f"{faces}/hopper.jpg", f"{faces}/astronaut.png", hostile, random.Random(5))
    names = [str(path) for path in (mixed, *good, folder / "missing.mp4")]
    begin = time.monotonic()
    out, err = must("predict", model, *names, *FEW, "--json", "-", ranks=2, code=4)
    print(f"{time.monotonic() - begin:.1f} s")
    judged = lines(out)
    expect(len(judged) == len({line["input"] for line in judged}) == len(made) + len(good) + 1,
           f"{hostile} hostile inputs: a line for each", f"{len(judged)}\n{out}{err}")
    expect(all(line["verdict"] == "cannot judge" and line["reason"] for line in judged
               if line["frames"]["with_face"] == 0), "what can't be judged has its reason", out)
    lies = [line for line in judged if "SIGSYS" in line["problem"] or "told what can't be" in line["problem"]]
    expect(not lies, "the decoder does nothing that it may not", str(lies))
    print(*sorted(collections.Counter(line["status"] for line in judged).items()))
    by_name = {line["input"]: line for line in judged}
    alone, _ = must("predict", model, *map(str, good), *FEW, "--json", "-")
    expect(all(by_name[line["input"]] == line for line in lines(alone)), "good ones have the verdicts they have alone")


def decodes(pid, file):
    """Has a child of the process `file` open?"""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    try:
        return any(os.readlink(f"/proc/{child}/fd/{fd}") == str(file) for child in children
                   for fd in os.listdir(f"/proc/{child}/fd"))
    except OSError:
        return False


def a_stop_is_answered(model, root, folder):
    """Though the decoder reads holes for minutes."""
    sparse = folder / "sparse.mkv"
    good = str(next(root.rglob("*.mp4")))
    subprocess.run(["ffmpeg", "-v", "error", "-i", good, "-c", "copy", str(sparse)], check=True)
    os.truncate(sparse, 1 << 40)
    job = subprocess.Popen(unmask.command("predict", model, sparse), env=ENVIRONMENT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    while job.poll() is None and not decodes(job.pid, sparse):
        time.sleep(0.05)
    time.sleep(0.5)
    job.terminate()
    out, _ = job.communicate(timeout=120)
    expect(job.returncode == 75 and "stopped on request" in out, "a silent decoder doesn't hold a stop", out)
    sparse.unlink()


def streams(model, root):
    good = next(root.rglob("*.mp4"))
    out, err = must("predict", model, good, "--stream", "5", "--json", "-")
    line = lines(out)[0]
    told = line["frames"]["looked_at"] == 4 and "times real time; every 6.0th frame" in err
    expect(told, "a stream's frames, and what it cost", out + err)


def words_are_clear(model, root, folder):
    good = str(next(root.rglob("*.mp4")))
    out, _ = must("predict", model, "-", text=f"{good}\n")
    expect(good in out, "a list on standard input", out)
    (folder / "empty").mkdir()
    for code, words, why in ((2, (model, folder / "empty"), "holds no file"),
                             (2, (model, good, "--frames", "x"), "--frames"),
                             (2, (folder / "empty", good), "wanted"), (3, (good, good), good),
                             (2, (model, good, "--threshold", "2"), "--threshold"),
                             (2, (model, good, "--fpr", "0.01", "--threshold", "0.2"), "both")):
        _, err = must("predict", *words, code=code)
        expect(why in err, f"refused: {why}", err)


with tempfile.TemporaryDirectory(prefix="unmask-predict-") as name:
    folder = pathlib.Path(name)
    make_tree(folder / "tree", faces, 4)
    scores_are_those_of_evaluate(folder, folder / "tree", "jpeg95")
    model = scores_are_those_of_evaluate(folder, folder / "tree", "raw")
    same_for_ranks(model, folder / "tree", folder)
    says_where_there_is_no_sandbox(model)
    copies_are_whole(model, folder / "tree", folder)
    hostile_among_good(model, folder / "tree", folder)
    streams(model, folder / "tree")
    a_stop_is_answered(model, folder / "tree", folder)
    words_are_clear(model, folder / "tree", folder)
