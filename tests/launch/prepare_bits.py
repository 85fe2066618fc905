"""prepare gives the same stores for any ranks and kills:
prepare_bits.py ranks|kills|damaged PROGRAM MPIRUN FACES [COUNT]

Real program, real H.264 made by ffmpeg from a clip that shows a face, in a plain tree of real/ and fake/.
ranks: 1, 2 and 3 ranks, and split by video and back; kills: COUNT kills of the whole job at any moment, each at another
number of ranks, and the same stores; damaged: COUNT videos that are cut, flipped, of a wrong kind or name, FIFOs,
without permission or empty among good ones: each is named and counted, or read as what it is, nothing crashes or hangs,
and the good videos' rows are those that they have alone.
"""
import collections
import csv
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from program_run import ENVIRONMENT, expect, is_alive, ranks_with, wait_until
from video_inputs import KINDS, SUFFIXES, damage, make_tree

mode, program, mpirun, faces = sys.argv[1:5]
count = int(sys.argv[5]) if len(sys.argv) > 5 else 0
SETTINGS = ["--set", "prepare.crop_px=64", "--set", "prepare.frames=6", "--set", "prepare.unit_frames=10",
            "--set", 'prepare.faces="best"']


def command(ranks, root, stores, *more):
    return [mpirun, "--oversubscribe", "-n", str(ranks), program, "prepare", str(root), "--stores", str(stores),
            *SETTINGS, *more]


# Root reads what has no permission, but not without these two capabilities.
NO_OVERRIDE = "-dac_override,-dac_read_search"
UNPRIVILEGED = ["setpriv", f"--inh-caps={NO_OVERRIDE}", f"--bounding-set={NO_OVERRIDE}"] if os.geteuid() == 0 else []


def prepare(ranks, root, stores, *more, under=()):
    done = subprocess.run([*under, *command(ranks, root, stores, *more)], env=ENVIRONMENT, capture_output=True,
                          text=True, errors="replace", timeout=900)
    return done.returncode, done.stdout + done.stderr


def split(stores, *more):
    done = subprocess.run([program, "split", str(stores), *more], env=ENVIRONMENT, capture_output=True, text=True,
                          errors="replace", timeout=60)
    return done.returncode, done.stdout + done.stderr


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def whole(folder, videos):
    root, stores = folder / "tree", folder / "whole"
    make_tree(root, faces, videos)
    code, output = prepare(1, root, stores)
    expect(code == 0, "one rank prepares", output)
    names = {name.split("/")[-1] for name in files(stores)}
    expect({"prepared.crops", "prepared.crops.plan", "train.crops"} == names, "no part is left", str(names))
    return root, files(stores)


def same_for_ranks(folder):
    root, wanted = whole(folder, 4)
    for ranks in (2, 3):
        stores = folder / f"ranks{ranks}"
        code, output = prepare(ranks, root, stores)
        expect(code == 0 and files(stores) == wanted, f"{ranks} ranks: the same stores", output)
    code, output = prepare(2, root, folder / "ranks2")
    expect(code == 0 and files(folder / "ranks2") == wanted, "a second time nothing is done", output)
    code, output = split(folder / "ranks2", "--by", "video", "--val", "0.25", "--test", "0.25", "--seed", "5")
    names = {name.split("/")[-1] for name in files(folder / "ranks2")}
    is_split = {"train.crops", "val.crops", "test.crops"} <= names and files(folder / "ranks2") != wanted
    expect(code == 0 and is_split, "split by video", output)
    code, output = split(folder / "ranks2", "--by", "published")
    expect(code == 0 and files(folder / "ranks2") == wanted, "and back: the same stores", output)
    code, output = prepare(2, root, folder / "nothing", "--dry-run")
    is_dry = not (folder / "nothing").exists() and "core-hours" in output
    expect(code == 0 and is_dry, "--dry-run writes nothing", output)


def same_after_kills(folder):
    root, wanted = whole(folder, 6)
    started = time.monotonic()
    prepare(2, root, folder / "timed")
    takes_s = time.monotonic() - started
    stores, draws, kills = folder / "killed", random.Random(7), 0
    while kills < count:
        ranks = 1 + kills % 3
        job = subprocess.Popen(command(ranks, root, stores), env=ENVIRONMENT, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        wait_s = draws.uniform(0.1, 1.0) * takes_s
        try:
            output = job.communicate(timeout=wait_s)[0]
            expect(job.returncode == 0 and files(stores) == wanted, f"done after {kills} kills: the same", output)
            shutil.rmtree(stores)
        except subprocess.TimeoutExpired:
            mine = ranks_with(f"^{re.escape(program)} prepare .*--stores {re.escape(str(stores))}( |$)")
            for pid in (*mine.values(), job.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            job.communicate()
            kills += 1
            print(f"killed after {wait_s:.1f} s on {ranks} ranks", flush=True)
            wait_until(lambda: not any(is_alive(pid) for pid in mine.values()), 30)
    code, output = prepare(2, root, stores)
    expect(code == 0 and files(stores) == wanted, f"after {count} kills: the same stores", output)
    left = [name for name in files(stores) if ".tmp-" in name]
    expect(not left, "no temporary file is left", str(left))


def damaged_among_good(folder):
    good, mixed = folder / "good", folder / "mixed"
    make_tree(good, faces, 3)
    code, output = prepare(2, good, folder / "good-stores")
    expect(code == 0, "good videos alone", output)
    shutil.copytree(good, mixed, copy_function=shutil.copy2)
    draws = random.Random(11)
    made = {}
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        name = f"{draws.choice(('real', 'fake'))}/x{i:03}-{kind}{SUFFIXES.get(kind, '.mp4')}"
        damage(kind, good / "real" / "p00.mp4", mixed / name, draws)
        made[name] = kind
    started = time.monotonic()
    code, output = prepare(2, mixed, folder / "mixed-stores", "--set", "prepare.frame_timeout_s=5", under=UNPRIVILEGED)
    print(f"{time.monotonic() - started:.1f} s", flush=True)
    expect(code == 0, f"{count} damaged videos among good ones: exit code 0", output)
    problems = next((folder / "mixed-stores").rglob("prepared.problems.csv")).read_text()
    named = {row["source"]: row for row in csv.DictReader(problems.splitlines())}
    alone, beside = crops_by_video(folder / "good-stores"), crops_by_video(folder / "mixed-stores")
    crops = {name: sum(digest != 0 for _, digest in beside.get(pathlib.Path(name).stem, ())) for name in made}
    silent = [name for name, kind in made.items()
              if name not in named and (kind not in ("flipped", "picture", "misnamed") or crops[name] == 0)]
    expect(not silent, "each is named, or read where nothing may be wrong with it", "\n".join(silent) + "\n" + problems)
    unread = [name for name, kind in made.items() if kind == "streamed" and crops[name] == 0]
    expect(not unread, "of one whose index comes first is read what is there", "\n".join(unread) + "\n" + problems)
    strangers = set(named) - set(made)
    expect(not strangers, "and nothing else", str(strangers))
    for kind in KINDS:
        told = collections.Counter(named[name]["status"] for name, of in made.items() if of == kind and name in named)
        with_crops = sum(crops[name] > 0 for name, of in made.items() if of == kind)
        print(f"{kind}: {list(made.values()).count(kind)} files, {with_crops} with crops, {dict(told)}", flush=True)
    forbidden = [named[name] for name, kind in made.items() if kind == "forbidden"]
    readable = [row for row in forbidden if "ermission" not in row["problem"]]
    expect(not readable, "what nobody may read is said to be so", str(readable))
    bad, more = output.count("bad: "), re.search(r"and (\d+) more", output)
    counted = bad + int(more[1] if more else 0)
    expect(counted == len(named), f"all {len(named)} are counted", output)
    for name in [p.relative_to(good) for p in good.rglob("*.mp4")]:
        expect(f"{name}," not in problems, f"{name} beside them is whole", problems)
    expect(all(beside[video] == crops for video, crops in alone.items()), "with the crops that they have alone")


def crops_by_video(stores):
    """Digests of a store's records by source, read as docs/formats.md tells."""
    data = next(stores.rglob("prepared.crops")).read_bytes()
    number = lambda at, size: int.from_bytes(data[at:at + size], "little")
    rows, index_at = number(24, 8), number(40, 8)
    strings_at, string_count = number(56, 8), number(72, 8)
    begins = [number(strings_at + 4 * i, 4) for i in range(string_count + 1)]
    text_at = strings_at + 4 * (string_count + 1)
    string = lambda i: data[text_at + begins[i]:text_at + begins[i + 1]].decode()
    by_video = {}
    for row in range(rows):
        at = index_at + 128 * row
        by_video.setdefault(string(number(at + VIDEO_AT, 4)), []).append((number(at + 24, 4), number(at + 16, 8)))
    return by_video


VIDEO_AT = 60  # offset of the video's string in a row
with tempfile.TemporaryDirectory(prefix="unmask-prepare-bits-") as temporary:
    {"ranks": same_for_ranks, "kills": same_after_kills, "damaged": damaged_among_good}[mode](pathlib.Path(temporary))
