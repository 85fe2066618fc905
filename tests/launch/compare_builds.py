"""The judge of a change that must not change results: two builds do the same work on this machine, all is compared.

compare_builds.py OLD_PROGRAM NEW_PROGRAM MPIRUN MAKE_STORES FACES

`synth` from the photos in FACES, `prepare` of a part of what it made, and three sweeps (fp32, bf16 with native
products, bf16 with f32 products) in which a trial diverges, some fail for want of a store, a rule stops one, and all
ranks are killed in the middle of a trial; the same command then goes on. A line a comparison, at the end
`N compared, N differ`; exit code 1 if any differs, or if a build fails. Only what the documents promise is used:
commands, config keys, files.
"""
import csv
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from program_run import ENVIRONMENT, expect, wait_for_step, write_config

PRECISIONS = (("fp32", "auto"), ("bf16", "native"), ("bf16", "f32"))
PREPARE = """
[prepare]
datasets = "{datasets}"
stores = "{stores}"
crop_px = 64
detector = "dlib_hog"
encoding = "{encoding}"
"""
SWEEP = {"data.val": ["base", "augment"], "data.test": ["augment"], "model.head": "hidden", "model.dropout": 0.3,
         "train.epochs": 4, "augment.enabled": True, "optimizer.schedule": "constant", "runtime.checkpoint_every_s": 0,
         "sweep.stop": "halving", "sweep.cohort": 8, "sweep.rungs": 2, "sweep.keep_best": 8}
SPACE = {"data.train": {"choice": ["base", "augment"]}, "optimizer.max_lr": {"choice": [1e-4, 1e-3, 3e-3, 10.0]}}
RESULTS = ("results.csv", "results.jsonl", "chosen/model.safetensors", "chosen/scores.json", "trials/*/metrics.csv",
           "trials/*/best.safetensors")


class Comparison:
    def __init__(self):
        self.compared = self.differ = 0

    def note(self, what, difference):
        """`difference`: a line or more, "" where there is none."""
        self.compared += 1
        self.differ += difference != ""
        print(f"DIFFERS: {what}: {difference}" if difference else f"the same: {what}", flush=True)

    def files(self, what, old, new, patterns):
        """Each file that matches on either side, byte for byte."""
        for name in names_of(old, new, patterns):
            self.note(f"{what} {name}", file_difference(old / name, new / name))

    def trees(self, what, old, new):
        """All files of two folders, as one comparison."""
        names = names_of(old, new, ["**/*"])
        different = [name for name in names if file_difference(old / name, new / name)]
        difference = f"{len(different)} files, the first is {different[0]}" if different else ""
        self.note(f"{what}, {len(names)} files", difference)


def names_of(old, new, patterns):
    """Of every file that matches in one of two folders, relative to it, sorted."""
    names = {path.relative_to(folder) for folder in (old, new) for pattern in patterns for path in folder.glob(pattern)
             if path.is_file()}
    if not names:
        sys.exit(f"{old} and {new} have nothing to compare")
    return sorted(names)


def file_difference(old, new):
    missing = [side for side, path in (("old", old), ("new", new)) if not path.exists()]
    if missing:
        return f"the {missing[0]} build has no such file"
    was, now = old.read_bytes(), new.read_bytes()
    if was == now:
        return ""
    if old.suffix == ".safetensors":
        return tensor_difference(was, now)
    if old.suffix in (".csv", ".json", ".jsonl"):
        return text_difference(was.decode(), now.decode())
    return f"{len(was)} bytes, {len(now)} bytes" if len(was) != len(now) else "other bytes"


def text_difference(was, now):
    """The line, and what stands about the first difference."""
    at = next((i for i, (a, b) in enumerate(zip(was, now)) if a != b), min(len(was), len(now)))
    start = max(was.rfind("\n", 0, at) + 1, at - 40)
    return f"line {was.count(chr(10), 0, at) + 1}\n  old: {was[start:at + 40]!r}\n  new: {now[start:at + 40]!r}"


def tensor_difference(was, now):
    was, now = tensors(was), tensors(now)
    names = sorted((was.keys() | now.keys()) - {"__digest__"})
    different = [name for name in names if was.get(name) != now.get(name)]
    if not different:
        return "the same tensors, laid out otherwise"
    return f"{len(different)} of {len(names)} entries: {', '.join(different[:3])}"


def tensors(data):
    """By name: bytes, type and shape; the file's metadata too."""
    start = 8 + int.from_bytes(data[:8], "little")
    entries = json.loads(data[8:start])
    return {name: entry if name == "__metadata__" else
            (entry["dtype"], entry["shape"], data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]])
            for name, entry in entries.items()}


def run(*command, code=0):
    done = subprocess.run([str(word) for word in command], env=ENVIRONMENT, capture_output=True, text=True,
                          timeout=1200)
    output = done.stdout + done.stderr
    if done.returncode != code:
        sys.exit(f"{command}: exit code {done.returncode}, not {code}\n{output}")
    return output


def compare_data(folder, programs, mpirun, faces, comparison):
    old, new = (folder / side / "synth" for side in ("old", "new"))
    for program, made in zip(programs, (old, new)):
        run(program, "synth", made, "--faces", faces, "--seed", 1)
    comparison.trees("synth", old, new)
    # Both read a tenth of what the old build made: what only prepare does differently shows as that.
    datasets = folder / "datasets"
    part = pathlib.Path("augment_deepfake", "calibration")
    shutil.copytree(old / "datasets" / part, datasets / part)
    for encoding in ("raw", "jpeg95"):
        stores = [folder / side / f"stores-{encoding}" for side in ("old", "new")]
        for program, made in zip(programs, stores):
            config = made.with_suffix(".toml")
            config.write_text(PREPARE.format(datasets=datasets, stores=made, encoding=encoding))
            run(mpirun, "--oversubscribe", "-n", 1, program, "prepare", config)
        comparison.files(f"prepare, {encoding}:", *stores, ["**/*.crops"])


def sweep(program, mpirun, config, made):
    """On two ranks, killed in the middle of a trial, and gone on with."""
    command = [mpirun, "--oversubscribe", "-n", "2", program, "sweep", config, "--run", made]
    job = subprocess.Popen(list(map(str, command)), env=ENVIRONMENT, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True)
    wait_for_step(made, 3, job)
    job.kill()  # the ranks end with it
    job.wait()
    output = run(*command, code=4)
    expect("goes on from step" in output, f"{made.name}, {made.parent.name} build: a killed trial goes on", output)


def require_every_end(results):
    with open(results, newline="") as file:
        ends = {(row["state"], row["reason"].split(" at step ")[0].split(":")[0]) for row in csv.DictReader(file)}
    states = {state for state, _ in ends}
    expect({"done", "stopped", "failed"} <= states, "trials are done, stopped and failed", str(ends))
    expect(("failed", "diverged") in ends, "one diverged", str(ends))
    expect(any(state == "failed" and "has no split train" in reason for state, reason in ends),
           "others failed for want of a store", str(ends))


def compare_training(folder, programs, mpirun, make_stores, comparison):
    stores = folder / "stores"
    run(make_stores, stores, 32, 62, 24)
    (stores / "augment" / "train.crops").unlink()
    for precision, arithmetic in PRECISIONS:
        name = precision if arithmetic == "auto" else f"{precision}-{arithmetic}"
        precise = {"train.precision": precision, "train.bf16_arithmetic": arithmetic}
        config = write_config(folder / f"{name}.toml", stores, {**SWEEP, **precise}, SPACE)
        made = [folder / side / name for side in ("old", "new")]
        for program, run_folder in zip(programs, made):
            sweep(program, mpirun, config, run_folder)
        require_every_end(made[0] / "results.csv")
        comparison.files(f"{name}:", *made, RESULTS)


def main(old, new, mpirun, make_stores, faces):
    comparison = Comparison()
    with tempfile.TemporaryDirectory(prefix="unmask-compare-builds-") as name:
        folder = pathlib.Path(name)
        for side in ("old", "new"):
            (folder / side).mkdir()
        compare_data(folder, (old, new), mpirun, faces, comparison)
        compare_training(folder, (old, new), mpirun, make_stores, comparison)
    print(f"{comparison.compared} compared, {comparison.differ} differ")
    return 1 if comparison.differ else 0


if __name__ == "__main__":
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
