"""Scores after corruptions: corrupt.py PROGRAM MPIRUN FACES

Real program, a model that was trained for a moment on videos: on the stored crops and on the sources, with the same
bytes on 1 and 2 ranks; kept in the run; what can't be done is refused by name.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

from program_run import ENVIRONMENT, expect
from video_inputs import make_tree

program, mpirun, faces = sys.argv[1:4]
KINDS = ("jpeg", "resize", "blur", "noise", "brightness", "h264")


def must(*words, ranks=0, code=0):
    launcher = [mpirun, "--oversubscribe", "-n", str(ranks)] if ranks else []
    done = subprocess.run([*launcher, program, *map(str, words)], env=ENVIRONMENT, capture_output=True, text=True,
                          errors="replace", timeout=200)
    expect(done.returncode == code, f"unmask {words[0]}: exit code {code}",
           f"{done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout, done.stderr


def trained_run(folder, root):
    must("prepare", root, "--stores", folder / "stores", "--set", "prepare.crop_px=48", "--set", "prepare.frames=3")
    must("split", folder / "stores", "--by", "video", "--val", "0.5", "--test", "0", "--seed", "1")
    store = next((folder / "stores").glob("*/val.crops"))
    config = folder / "train.toml"
    config.write_text(f'''
seed = 1
data = {{ stores = "{folder / 'stores'}", train = ["{store.parent.name}"], val = ["{store.parent.name}"],
  allow_leaks = true }}
model.init = "random"
train = {{ epochs = 1, global_batch_size = 8, microbatch_size = 4, precision = "fp32", score_train_crops = 0 }}
runtime.device = "cpu"
'''.replace(",\n  ", ", "))
    must("train", config, "--run", folder / "run")
    return folder / "run", store


def rows(file):
    return list(csv.DictReader(open(file, newline="")))


def all_kinds_on_crops(run, store, folder):
    out, err = must("evaluate", run, store, "--corrupt", "--csv", folder / "m.csv", "--json", folder / "m.json",
                    "--subset", "first=p00")
    expect("Corrupted: the stored crops" in out, "the heading says that crops were corrupted", out)
    table = [row for row in rows(folder / "m.csv") if row["group"] == "all"]
    expect([(row["corruption"], int(row["strength"])) for row in table] ==
           [("clean", 0)] + [(kind, strength) for kind in KINDS for strength in range(1, 6)],
           "clean, then each by strength")
    expect(all(row["on"] == "crops" and row["coverage"] == "1" for row in table), "no crop is lost")
    whole = json.loads((folder / "m.json").read_text())
    clean = whole["corruption"]["rows"][0]
    expect(clean["corruption"] == "clean" and clean["by_video"] == whole["rows"][0]["by_video"],
           "clean is what evaluate says")
    expect(whole["corruption"]["model_digest"] == whole["model_digest"] != "", "of the model that was scored")
    steps = lambda group: [(row["corruption"], row["strength"]) for row in rows(folder / "m.csv")
                           if row["group"] == group]
    expect(steps("first") == steps("all"), "a subset has the same rows", str(steps("first")))
    kept = run / "chosen"
    expect((kept / "corruption.csv").read_bytes() == (folder / "m.csv").read_bytes(), "kept in the run", err)
    expect(json.loads((kept / "corruption.json").read_text()) == whole["corruption"], "as JSON, too")


def same_for_ranks(run, store, folder, *more):
    words = ("evaluate", run, store, *more, "--csv", folder / "r.csv", "--json", folder / "r.json")
    alone, _ = must(*words)
    files = [(folder / name).read_bytes() for name in ("r.csv", "r.json")]
    shared, _ = must(*words, ranks=2)
    expect(shared == alone, "2 ranks: the same table", f"{alone}\n{shared}")
    expect([(folder / name).read_bytes() for name in ("r.csv", "r.json")] == files, "2 ranks: the same files")
    return alone


def on_sources(run, store, root, folder):
    out = same_for_ranks(run, store, folder, "--corruption", "resize", "--corruption", "h264", "--sources", root)
    expect("Corrupted: the frames of the sources, before faces were found" in out, "the heading says so", out)
    table = {(row["corruption"], row["strength"]): row for row in rows(folder / "r.csv") if row["group"] == "all"}
    expect(len(table) == 11 and all(row["on"] == "sources" for row in table.values()), "clean and two kinds", out)
    coverage = [float(table[("resize", str(strength))]["coverage"]) for strength in range(1, 6)]
    expect(coverage[0] > 0.5 and coverage[4] < coverage[0], "a smaller picture shows fewer faces", str(coverage))
    expect(float(table[("clean", "0")]["coverage"]) == 1, "of the clean ones all are there")
    expect(float(table[("h264", "1")]["coverage"]) > 0.5, "H.264 at crf 23 hides few", out)


def refusals(run, store, root, folder):
    good = ("evaluate", run, store)
    for code, words, why in ((2, ("--corruption", "fog"), '--corruption must be one of "jpeg"'),
                             (2, ("--sources", root), "go with --corrupt"),
                             (2, ("--corrupt", "--sources", folder / "none"), "none is no folder"),
                             (3, ("--corruption", "blur", "--sources", folder / "stores"), "isn't there below")):
        _, err = must(*good, *words, code=code)
        expect(why in err, f"refused: {why}", err)
    for video in root.rglob("*.mp4"):
        video.write_bytes(video.read_bytes() + b"x")
    _, err = must(*good, "--corruption", "blur", "--sources", root, code=3, ranks=2)
    expect("is another file than the one that was prepared" in err and ".mp4" in err, "another file, by name", err)


with tempfile.TemporaryDirectory(prefix="unmask-corrupt-") as name:
    folder = pathlib.Path(name)
    make_tree(folder / "tree", faces, 3)
    run, store = trained_run(folder, folder / "tree")
    all_kinds_on_crops(run, store, folder)
    same_for_ranks(f"{run}:0000", store, folder, "--corruption", "noise", "--corruption", "h264")
    expect((run / "trials/0000/corruption.csv").read_bytes() == (folder / "r.csv").read_bytes(), "kept in the trial")
    on_sources(run, store, folder / "tree", folder)
    refusals(run, store, folder / "tree", folder)
