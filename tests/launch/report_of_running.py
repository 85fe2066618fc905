"""The page of a run that goes on: report_of_running.py PROGRAM MPIRUN MAKE_STORES

Real program. A sweep writes report.html while it runs, and as it is stopped; its results are those of one that doesn't.
"""
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from program_run import ENVIRONMENT, expect, write_config

program, mpirun, make_stores = sys.argv[1:4]


def page_of(run):
    """The data of the run's page; None where there is no page."""
    try:
        text = (run / "report.html").read_text()
    except OSError:
        return None
    begin = text.index(">", text.index('id="data"')) + 1
    return json.loads(text[begin:text.index("</script>", begin)])


def start(config, run, every):
    command = [mpirun, "-n", "1", program, "sweep", str(config), "--run", str(run), "--set",
               f"runtime.report_every_s={every}"]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(job, code, what):
    output = job.communicate(timeout=300)[0]
    expect(job.returncode == code, what, output)


with tempfile.TemporaryDirectory(prefix="unmask-report-of-running-") as name:
    folder = pathlib.Path(name)
    subprocess.run([make_stores, str(folder / "stores"), "32", "240", "40"], check=True)
    config = write_config(folder / "sweep.toml", folder / "stores",
                          {"train.epochs": 3, "train.microbatch_size": 20, "sweep.mode": "sequential"},
                          {"optimizer.max_lr": {"choice": [1e-4, 1e-3]}})
    run, quiet = folder / "run", folder / "quiet"
    job = start(config, run, 1)
    made, page = set(), None
    while job.poll() is None and not (len(made) > 1 and any(trial["curve"]["epoch"] for trial in page["trials"])):
        page = page_of(run) or page
        made |= {page["made"]} if page else set()
        time.sleep(0.05)
    expect(job.poll() is None and page["state"] == "running" and page["reload_s"] > 0 and
           page["written_every_s"] == 1 and len(page["trials"]) == 2, "a page, made anew, while the sweep runs",
           str(page)[:2000])
    job.send_signal(signal.SIGTERM)
    finish(job, 75, "it is stopped")
    expect(page_of(run)["state"] == "paused" and page_of(run)["reload_s"] == 0, "and its page says so")
    finish(start(config, run, 0), 0, "it goes on, with another value of the key, and ends")
    expect(page_of(run)["state"] == "done" and page_of(run)["scored"]["curves"], "its page is of the end")
    job = start(config, quiet, 0)
    finish(job, 0, "a sweep whose page is made at its end")
    for file in ("results.csv", "chosen/model.safetensors", "chosen/frames.csv"):
        expect((run / file).read_bytes() == (quiet / file).read_bytes(), f"the same {file}")
