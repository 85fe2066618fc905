"""Every command of docs/refresh.md, as it stands there, on small stores; what it says of won and lost is judged by
scikit-learn: refresh.py PROGRAM MPIRUN MAKE_STORES

Only where things lie is put in: STORES, CONFIG, WORK, the program and the launcher.
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

from sklearn.metrics import roc_auc_score

from program_run import ENVIRONMENT, expect, write_config

program, mpirun, make_stores = sys.argv[1:4]
SOURCES = pathlib.Path(__file__).resolve().parents[2]


def script(folder):
    blocks = re.findall(r"^```sh\n(.*?)^```$", (SOURCES / "docs/refresh.md").read_text(), re.MULTILINE | re.DOTALL)
    text = "".join(blocks)
    for pattern, place in ((r"^STORES=\S+", f"STORES={folder}/stores"),
                           (r"^CONFIG=\S+", f"CONFIG={folder}/config.toml"),
                           (r"^WORK=\S+", f"WORK={folder}/work"), (r"^(.*)build/unmask ", rf"\1{program} "),
                           (r"^\.venv/bin/mpirun", f"{mpirun} --oversubscribe")):
        text, count = re.subn(pattern, place, text, flags=re.MULTILINE)
        expect(count > 0, f"the document has {pattern}")
    expect(re.findall(re.escape(program) + r" (\w+)", text) == ["train", "evaluate", "train", "report"],
           "the document has the commands expected", text)
    return text


def run(*arguments, ranks=0):
    launcher = [mpirun, "--oversubscribe", "-n", str(ranks)] if ranks else []
    done = subprocess.run([*launcher, program, *map(str, arguments)], env=ENVIRONMENT, capture_output=True, text=True,
                          timeout=100)
    expect(done.returncode == 0, f"{arguments[0]} ends well", done.stdout + done.stderr)
    return done


def video_auc(model, store, table):
    run("evaluate", model, store, "--csv", table)
    videos = {}
    for row in csv.DictReader(table.open()):
        if row["score"]:
            key = (row["method"], row["compression"], row["video"], int(row["label"]))
            videos.setdefault(key, []).append(float(row["score"]))
    return roc_auc_score([key[3] for key in videos], [sum(scores) / len(scores) for scores in videos.values()])


def test_won_and_lost(folder):
    new = folder / "work/new"
    told = json.loads((new / "chosen/against_init.json").read_text())
    expect(told["init"]["datasets"] == ["base"] and told["chosen"]["datasets"] == ["augment"], "it says what met what")
    for dataset, standing in (("augment", "new"), ("base", "old")):
        row, = (row for row in told["rows"] if row["dataset"] == dataset and row["group"] == "all")
        store = folder / "stores" / dataset / "val.crops"
        auc = row["by_video"]["auc"]
        for name, model in (("theirs", folder / "work/old"), ("ours", new)):
            judged = video_auc(model, store, folder / "frames.csv")
            expect(abs(auc[name] - judged) < 1e-12, f"{dataset}: {name} is scikit-learn's {judged}", str(auc))
        expect(row["standing"] == standing, f"{dataset} is {standing}")
        expect(auc["difference"] == auc["ours"] - auc["theirs"], "the difference is theirs from ours", str(auc))
        expect(len(auc["interval"]) == 2, "it has an interval", str(auc))


def test_all_trials(folder):
    """Two stores at once, of which one was scored before; then on two ranks, after a kill."""
    old, stores = folder / "work/old", folder / "stores"
    results = (old / "results.csv").read_bytes()
    kept = old / "added_scores.json"
    before = json.loads(kept.read_text())["stores"]
    both = [stores / "augment/test.crops", stores / "augment/val.crops"]
    alone = run("evaluate", old, "--all-trials", *both)
    expect("1 scores of these stores were there already" in alone.stderr, "what is scored is known", alone.stderr)
    added = json.loads(kept.read_text())["stores"]
    expect([store["split"] for store in added] == ["test", "val"] and added[1:] == before, "one store more")
    bits = kept.read_bytes()
    kept.write_text(json.dumps({"format": "unmask.added_scores.1", "stores": added[:1]}))  # as a kill leaves it
    shared = run("evaluate", old, "--all-trials", *both, ranks=2)
    expect(kept.read_bytes() == bits and shared.stdout == alone.stdout, "the same on two ranks, after a kill",
           shared.stdout)
    judged = video_auc(old, both[1], folder / "frames.csv")
    expect(abs(added[1]["trials"][0]["scores"]["video_auc"] - judged) < 1e-12, f"val is scikit-learn's {judged}")
    run("report", old, "--csv", folder / "results.csv")
    row, = csv.DictReader((folder / "results.csv").open())
    expect(float(row["augment.val.video_auc"]) == added[1]["trials"][0]["scores"]["video_auc"], "report has a column")
    expect((old / "results.csv").read_bytes() == results, "the run's own table stays as it was")
    (old / "trials/0000/best.safetensors").unlink()
    gone = run("evaluate", old, "--all-trials", both[0])
    expect("trial 0000 is left out: its weights are gone" in gone.stdout, "missing weights are named", gone.stdout)


with tempfile.TemporaryDirectory(prefix="unmask-") as name:
    folder = pathlib.Path(name)
    subprocess.run([make_stores, str(folder / "stores"), "32", "60", "36"], check=True)
    write_config(folder / "config.toml", folder / "stores", {"train.epochs": 1, "optimizer.max_lr": 1e-3})
    (folder / "commands").write_text(script(folder))  # on standard input mpirun would read them
    done = subprocess.run(["bash", "-euo", "pipefail", str(folder / "commands")], env=ENVIRONMENT, cwd=SOURCES,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=200)
    expect(done.returncode == 0, "every command ends well", done.stdout)
    expect(done.stdout.count("won and lost against the detector that it began with") == 2, "train and report tell it",
           done.stdout)
    test_won_and_lost(folder)
    test_all_trials(folder)
