"""What people and other programs read of a sweep is whole and right after kills: event files, pictures, the page.

report_kills.py PROGRAM MPIRUN MAKE_STORES N    N kills -9 of everything, at moments spread over a sweep

One sweep goes on from kill to kill; when it is done, the next one begins. After every kill: what is replaced as a whole
(pictures, report.html) is whole, and TensorBoard's loader finds no step twice in an event file. At a sweep's end: all
of it is what an undisturbed sweep leaves, and nothing else is there.
"""
import hashlib
import json
import logging
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
warnings.simplefilter("ignore")
from tensorboard.backend.event_processing import event_file_loader  # noqa: E402

from program_run import (ENVIRONMENT, kill_everything, steps_saved, wait_until,  # noqa: E402
                         wait_until_ranks_are_gone, write_config)

logging.disable(logging.WARNING)
program, mpirun, make_stores = sys.argv[1:4]
kills = int(sys.argv[4])
TRIALS, EPOCHS = 2, 3
PNG, PNG_END = b"\x89PNG\r\n\x1a\n", b"\x00\x00\x00\x00IEND\xaeB`\x82"


def start(run, config, **options):
    return subprocess.Popen([mpirun, "--oversubscribe", "-n", "2", program, "sweep", str(config), "--run", str(run)],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
                            **options)


def steps_of_tags(file):
    """{tag: [[step, bytes of a picture or None], …]} as TensorBoard's own loader reads the file."""
    tags = defaultdict(list)
    for event in event_file_loader.EventFileLoader(str(file)).Load():
        for value in event.summary.value:
            if value.tag.startswith("_hparams_"):
                continue
            is_picture = value.metadata.plugin_data.plugin_name == "images"
            tags[value.tag].append((event.step, value.tensor.string_val[2] if is_picture else None))
    return tags


def epochs_of(trial):
    """Steps and numbers of the epochs in metrics.csv."""
    lines = (trial / "metrics.csv").read_text().splitlines()[1:]
    return [int(line.split(",")[1]) for line in lines], [int(line.split(",")[0]) for line in lines]


def require_whole_page(run):
    page = (run / "report.html").read_text()
    assert page.rstrip().endswith("</html>"), "report.html is cut short"
    data = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', page, re.DOTALL)
    return json.loads(data.group(1))


def require_whole_so_far(run):
    """Nobody works on it: it was killed."""
    for picture in run.glob("trials/*/display/*.png"):
        content = picture.read_bytes()
        assert content.startswith(PNG) and content.endswith(PNG_END), f"{picture} is cut short"
    for file in run.glob("trials/*/events.out.tfevents.*.unmask"):
        for tag, values in steps_of_tags(file).items():
            steps = [step for step, _ in values]
            assert steps == sorted(set(steps)), f"{file}: {tag} has the steps {steps}"
    if (run / "report.html").exists():
        require_whole_page(run)


def pictures_of(run):
    return {str(file.relative_to(run)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in run.glob("trials/*/display/*")}


def require_right_events(trial):
    files = list(trial.glob("events.out.tfevents.*"))
    assert len(files) == 1, f"event files: {files}"
    steps, epochs = epochs_of(trial)
    tags = steps_of_tags(files[0])
    for tag in ("epoch", "lr", "train/loss", "base/video_auc", "best/epoch", "display/crops", "display/roc"):
        assert [step for step, _ in tags[tag]] == steps, f"{files[0]}: {tag}: {tags[tag]}, metrics.csv: {steps}"
    for tag, name in (("display/crops", "epoch"), ("display/roc", "roc")):
        for (_, shown), epoch in zip(tags[tag], epochs):
            assert shown == (trial / f"display/{name}-{epoch:03}.png").read_bytes(), f"{files[0]}: {tag}, epoch {epoch}"


def require_right_end(run, undisturbed, what):
    assert (run / "results.csv").read_bytes() == (undisturbed / "results.csv").read_bytes(), f"results.csv: {what}"
    assert pictures_of(run) == pictures_of(undisturbed), f"pictures: {what}"
    trials = sorted(run.glob("trials/[0-9]*"))
    assert len(trials) == TRIALS
    for trial in trials:
        require_right_events(trial)
    assert len(require_whole_page(run)["trials"]) == TRIALS
    left = [str(file) for file in run.rglob("*") if ".tmp" in file.name]
    assert not left, f"left behind: {left}"


def finish(job):
    output = job.communicate(timeout=300)[0]
    assert job.returncode == 0, f"exit code {job.returncode} without a kill\n{output}"


def wait_for_work(job, run, seconds, steps):
    """So many seconds after the first sign of this start's work and after more than these steps are saved; False where
    the job ends before."""
    begun = time.time()
    def works():
        return any(log.stat().st_mtime >= begun for log in run.glob("trials/*/log.txt")) and steps_saved(run) > steps
    wait_until(lambda: works() or job.poll() is not None, 120, pause_s=0.02)
    try:
        job.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        return True


def main(folder):
    subprocess.run([make_stores, str(folder / "stores"), "32", "42", "24"], check=True)
    settings = {"data.val": ["base", "augment"], "model.dropout": 0.5, "train.epochs": EPOCHS,
                "train.microbatch_size": 10, "runtime.checkpoint_every_s": 0}
    config = write_config(folder / "sweep.toml", folder / "stores", settings,
                          {"optimizer.max_lr": {"choice": [1e-3, 1e-4]}})
    begun = time.monotonic()
    finish(start(folder / "undisturbed", config, env=ENVIRONMENT))
    whole_s = time.monotonic() - begun
    require_right_end(folder / "undisturbed", folder / "undisturbed", "undisturbed")
    assert len(pictures_of(folder / "undisturbed")) == TRIALS * EPOCHS * 2, "two pictures an epoch"
    print(f"undisturbed: {whole_s:.0f} s", flush=True)
    an_epoch = epochs_of(folder / "undisturbed/trials/0000")[0][0]
    chance = random.Random(int(os.environ.get("UNMASK_KILL_SEED", "7")))
    done = completed = 0
    run = folder / "killed-0"
    while done < kills:
        shutil.rmtree(folder / "tmp", ignore_errors=True)  # what a killed mpirun leaves stops a later one of its number
        (folder / "tmp").mkdir()
        job = start(run, config, env=dict(ENVIRONMENT, TMPDIR=str(folder / "tmp")))
        # The first kill comes when an epoch is in a checkpoint, which the next start goes on from.
        seconds, steps = (chance.uniform(0, 0.5) * whole_s, -1) if done else (0, an_epoch)
        if wait_for_work(job, run, seconds, steps):
            kill_everything(job, program, run)
            left = wait_until_ranks_are_gone(program, run)
            assert not left, f"ranks live on for a minute: {left}"
            done += 1
            require_whole_so_far(run)
            if done % 10 == 0:
                print(f"kills: {done}, {time.monotonic() - begun:.0f} s", flush=True)
            continue
        finish(job)
        require_right_end(run, folder / "undisturbed", f"after {done} kills")
        completed += 1
        run = folder / f"killed-{completed}"
    finish(start(run, config, env=ENVIRONMENT))
    require_right_end(run, folder / "undisturbed", f"after {done} kills")
    print(f"kills: {done}, sweeps ended: {completed + 1}, event files, pictures, results and pages whole and right: "
          f"yes, in {time.monotonic() - begun:.0f} s")


with tempfile.TemporaryDirectory(prefix="unmask-report-kills-") as name:
    main(pathlib.Path(name))
