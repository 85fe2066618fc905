"""Why a verdict is what it is: predict_page.py PROGRAM MPIRUN FACES

Real program, a model that was trained for a moment on videos and knows which faces it has seen the like of. The page
has what --json has and doesn't depend on the ranks; blurred and strange faces aren't judged.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import safetensors
from program_run import ENVIRONMENT, expect
from video_inputs import make_tree, make_video

program, mpirun, faces = sys.argv[1:4]
FEW = ("--frames", "8")  # of a video; finding faces takes longest here


def must(*words, ranks=0):
    launcher = [mpirun, "--oversubscribe", "-n", str(ranks)] if ranks else []
    done = subprocess.run([*launcher, program, *map(str, words)], env=ENVIRONMENT, capture_output=True, text=True,
                          timeout=280)
    expect(done.returncode == 0, f"unmask {words[0]} ends well", done.stdout + done.stderr)
    return done.stdout


def trained_model(folder):
    make_tree(folder / "tree", faces, 10)
    must("prepare", folder / "tree", "--stores", folder / "stores", "--set", "prepare.crop_px=64",
         "--set", "prepare.frames=16")
    must("split", folder / "stores", "--by", "video", "--val", "0.8", "--test", "0", "--seed", "1")
    name = next((folder / "stores").glob("*/val.crops")).parent.name
    (folder / "train.toml").write_text(f'''
seed = 1
data = {{ stores = "{folder}/stores", train = ["{name}"], val = ["{name}"], allow_leaks = true }}
model.init = "random"
train = {{ epochs = 1, global_batch_size = 8, microbatch_size = 4, precision = "fp32", score_train_crops = 0 }}
runtime.device = "cpu"
''')
    must("train", folder / "train.toml", "--run", folder / "run")
    return folder / "run"


def judged(model, *inputs):
    return [json.loads(line) for line in must("predict", model, *inputs, *FEW, "--json", "-").splitlines()]


def knows_its_faces(model, folder):
    with safetensors.safe_open(model / "chosen/model.safetensors", framework="np") as file:
        held = json.loads((file.metadata() or {}).get("familiarity", "null"))
        shapes = [file.get_tensor(f"familiarity.{name}").shape for name in ("mean", "covariance")]
    expect(held and held["faces"] >= 200 and shapes == [(512,), (512, 512)], "the model knows its faces", str(held))
    lines = judged(model, folder / "tree")
    familiar = [line for line in lines if line["verdict"] != "cannot judge"]
    expect(len(familiar) >= 0.9 * len(lines), "videos like its own are judged", str([line["reason"] for line in lines]))
    expect(all(line["distance_limit"] == held["distance_limit"] and line["sharpness_limit"] == held["sharpness_limit"]
               for line in lines), "the limits are the model's")
    make_video(folder / "blurred.mp4", faces, 0.5, ("-vf", "gblur=sigma=2"))
    make_video(folder / "strange.mp4", faces, 0.5, ("-vf", "eq=contrast=3"))
    blurred, strange = judged(model, folder / "blurred.mp4", folder / "strange.mp4")
    expect(blurred["verdict"] == "cannot judge" and blurred["reason"].startswith("too blurred: "), "too blurred",
           str(blurred["reason"]) + str(blurred["people"]))
    expect(strange["verdict"] == "cannot judge" and strange["reason"].startswith("unlike the training data: "),
           "unlike the training data", str(strange["reason"]) + str(strange["people"]))


def page_is_the_same_for_ranks(model, folder):
    inputs = [*sorted((folder / "tree").rglob("p00.mp4")), folder / "blurred.mp4", f"{faces}/obama.jpg"]
    pages = []
    for ranks in (0, 2):
        must("predict", model, *inputs, *FEW, "--html", folder / f"page-{ranks}.html", ranks=ranks)
        pages.append((folder / f"page-{ranks}.html").read_text())
    expect(pages[0] == pages[1], "2 ranks: the same page")
    begin = pages[0].index(">", pages[0].index('id="data"')) + 1
    data = json.loads(pages[0][begin:pages[0].index("</script>", begin)])
    lines = judged(model, *inputs)
    for line, (facts, timeline, pictures) in zip(lines, data["inputs"], strict=True):
        expect(all(line[key] == facts[key] for key in ("input", "verdict", "reason", "people")), "what --json has")
        expect([round(face["score"], 4) for face in line["faces"]] == [face[3] for face in timeline], "its scores")
        expect(pictures and all(each["picture"].startswith("data:image/jpeg;base64,") for each in pictures), "faces")
    expect(data["model"]["trained"]["init"] == "random" and data["model"]["calibration"] is not None,
           "by which model", str(data["model"]))


with tempfile.TemporaryDirectory(prefix="unmask-predict-page-") as name:
    root = pathlib.Path(name)
    run = trained_model(root)
    knows_its_faces(run, root)
    page_is_the_same_for_ranks(run, root)
