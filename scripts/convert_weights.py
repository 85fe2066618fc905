#!/usr/bin/env python3
"""Weights between PyTorch's .pth files and safetensors, in torchvision's names.

    convert_weights.py import SOURCE.pth TARGET.safetensors
    convert_weights.py export SOURCE.safetensors TARGET.pth NAME,NAME,...
    convert_weights.py onnx   SOURCE.safetensors TARGET_FOLDER

import reads a state dict: a dict or OrderedDict of tensors, as it is, or under one of the keys state_dict,
model_state_dict, model, net, weights; names may begin with `module.` or `_orig_mod.`. The file is read with
weights_only=True, so no code of it is run; anything else in it is refused.

export writes an OrderedDict of the tensors of these names, in their order, that torch.load(weights_only=True) reads. It
fits, with load_state_dict(strict=True), torchvision's network with the same head in the place of its own: for the head
"linear" torch.nn.Linear(features, 2), for "hidden"

    torch.nn.Sequential(
        torch.nn.Dropout(p), torch.nn.Linear(features, 256), torch.nn.ReLU(), torch.nn.BatchNorm1d(256),
        torch.nn.Dropout(p), torch.nn.Linear(256, 2))

onnx writes a trained model as model.onnx (opset 13, which OpenCV reads too), what else is to be known of it as
preprocessing.json, and example.py, which scores crops with them.

The model's input is an RGB face crop divided by 255 and normalised with ImageNet's mean and deviation; output 1 is
"fake". Faults end the program with code 3 and one line on stderr.
"""
import collections
import collections.abc
import hashlib
import os
import re
import resource
import sys

NESTED_KEYS = ("state_dict", "model_state_dict", "model", "net", "weights")
PREFIXES = ("module.", "_orig_mod.")
MAX_FILE_BYTES = 4 << 30
MAX_TENSORS = 10_000
# Addresses, not memory in use: PyTorch's libraries alone take several GiB of them.
MAX_ADDRESS_BYTES = 48 << 30
MAX_CPU_S = 600


class Refused(Exception):
    """A file that is not what it should be; the text says why."""


def limit_resources():
    """A hostile pickle can ask for any amount of memory and time."""
    for what, limit in ((resource.RLIMIT_AS, MAX_ADDRESS_BYTES), (resource.RLIMIT_CPU, MAX_CPU_S),
                        (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(what)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(what, (limit, hard))


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def check_source(path):
    if not os.path.isfile(path):
        raise Refused("is missing or not a regular file")
    size = os.path.getsize(path)
    if size > MAX_FILE_BYTES:
        raise Refused(f"has {size} bytes, at most {MAX_FILE_BYTES} are taken")


def check_zip(path):
    """A zip whose records unpack to more than they hold is no file of torch.save, which never compresses."""
    import zipfile
    with open(path, "rb") as file:
        if file.read(2) != b"PK":  # what PyTorch goes by
            return
    try:
        check_records(path, zipfile.ZipFile(path), zipfile.ZIP_STORED)
    except Refused:
        raise
    except Exception as fault:  # a damaged zip makes zipfile raise whatever its numbers lead to
        raise Refused(f"is not a readable torch file ({type(fault).__name__}: {str(fault)[:200]})") from None


def check_records(path, zip_file, stored):
    with zip_file as archive:
        names = set()
        for info in archive.infolist():
            if info.compress_type != stored or info.file_size > os.path.getsize(path):
                raise Refused(f"record {info.filename[:100]!r} is compressed: not written by torch.save")
            if info.filename in names:
                raise Refused(f"record {info.filename[:100]!r} comes twice")
            names.add(info.filename)
        damaged = archive.testzip()
        if damaged is not None:
            raise Refused(f"record {damaged[:100]!r} is damaged (its CRC does not match)")


def load_pickle(path):
    import pickle

    check_zip(path)
    import torch
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as fault:
        found = re.search(r"GLOBAL (\S+)", str(fault))
        what = f"{found[1][:100]}, which is no tensor" if found else "more than tensors, or is no torch file"
        raise Refused(f"cannot be read with weights_only=True: it holds {what}. Save `model.state_dict()`, not the "
                      "model") from None
    except MemoryError:
        raise Refused("asks for more memory than a weights file may") from None
    except Exception as fault:  # torch raises RuntimeError, EOFError, KeyError, … on damaged files
        text = (str(fault).strip().splitlines() or [""])[0][:200]
        raise Refused(f"is not a readable torch file ({type(fault).__name__}: {text})") from None


def is_state_dict(value):
    import torch
    return (isinstance(value, collections.abc.Mapping) and len(value) > 0 and all(isinstance(key, str) for key in value)
            and all(isinstance(item, torch.Tensor) for item in value.values()))


def find_state_dict(loaded):
    if is_state_dict(loaded):
        return loaded
    if isinstance(loaded, collections.abc.Mapping):
        found = [key for key in NESTED_KEYS if is_state_dict(loaded.get(key))]
        if len(found) == 1:
            return loaded[found[0]]
        keys = ", ".join(repr(key)[:40] for key in list(loaded)[:8])
        raise Refused("holds no state dict: wanted a dict of tensors, as it is or under one of "
                      f"{', '.join(NESTED_KEYS)}; its keys are {keys or 'none'}")
    raise Refused(f"holds a {type(loaded).__name__}, wanted a state dict (a dict of tensors)")


def strip_prefixes(state):
    """Prefixes that wrappers put before every name: several may be nested."""
    again = True
    while again:
        again = False
        for prefix in PREFIXES:
            if all(name.startswith(prefix) for name in state):
                state = {name[len(prefix):]: value for name, value in state.items()}
                again = True
    return state


def plain_tensors(state):
    import torch
    known = {torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8,
             torch.bool}
    if len(state) > MAX_TENSORS:
        raise Refused(f"holds {len(state)} tensors, at most {MAX_TENSORS} are taken")
    # A small storage can be seen as a huge tensor (stride 0): its size is checked before it is copied.
    total = sum(value.numel() * value.element_size() for value in state.values())
    if total > MAX_FILE_BYTES:
        raise Refused(f"its tensors would take {total} bytes, at most {MAX_FILE_BYTES} are taken")
    plain = {}
    for name, value in state.items():
        dense = value.layout is torch.strided and not value.is_quantized and value.device.type == "cpu"
        if not dense or value.dtype not in known:
            raise Refused(f"tensor {name[:100]!r} is {value.dtype}, {value.layout}, {value.device}; "
                          "wanted a dense tensor")
        plain[name] = value.detach().contiguous().clone()
    return plain


def import_weights(source, target):
    import safetensors.torch
    check_source(source)
    state = plain_tensors(strip_prefixes(find_state_dict(load_pickle(source))))
    metadata = {"format": "unmask.weights.1", "source_sha256": sha256_of(source)}
    safetensors.torch.save_file(state, target, metadata=metadata)


def export_weights(source, target, wanted):
    import safetensors
    import torch
    check_source(source)
    state = collections.OrderedDict()
    try:
        with safetensors.safe_open(source, framework="pt") as file:
            held = set(file.keys())
            for name in (name for name in wanted.split(",") if name in held):
                state[name] = file.get_tensor(name)
                if name.endswith(".running_var"):
                    state[name.replace("running_var", "num_batches_tracked")] = torch.tensor(0, dtype=torch.int64)
    except safetensors.SafetensorError as fault:
        raise Refused(f"is not a readable safetensors file ({fault})") from None
    if not state:
        raise Refused(f"holds no tensor of the network ({wanted[:40]}…)")
    torch.save(state, target)


MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
OPSET = 13
EXAMPLE = '''"""example.py CROP...: the fake probability of face crops (pictures as the training's crops were cut, see
preprocessing.json), and what they say of the video that they are from. Needs numpy and OpenCV; onnxruntime takes what
images_of() gives too: InferenceSession("model.onnx").run(None, {"crops": images})[0][:, 1]."""
import json
import pathlib
import sys

import cv2
import numpy as np

HERE = pathlib.Path(__file__).parent
ABOUT = json.loads((HERE / "preprocessing.json").read_text())


def images_of(crops):
    """uint8 RGB crops [n, px, px, 3] as the network takes them."""
    scaled = np.asarray(crops, np.float32) / np.float32(ABOUT["divide_by"])
    normal = (scaled - np.array(ABOUT["mean"], np.float32)) / np.array(ABOUT["deviation"], np.float32)
    return np.ascontiguousarray(normal.transpose(0, 3, 1, 2))


def scores_of(images):
    network = cv2.dnn.readNetFromONNX(str(HERE / "model.onnx"))
    network.setInput(images)
    return network.forward()[:, 1]


def verdict(scores, prior=0.5):
    """As `unmask predict` judges a person by the scores of the frames: what it says, the log-likelihood ratio and the
    probability of a fake where fakes have the share prior; None and None of an uncalibrated model."""
    score, fitted = float(np.mean(scores, dtype=np.float64)), ABOUT["calibration"] or {"thresholds": []}
    above = next((each["score"] for each in fitted["thresholds"] if each["fpr"] >= 0.01), 0.5)
    word = "fake" if score > above else "no manipulation found"
    if "temperature" not in fitted:
        return word, None, None
    held = min(max(score, 1e-7), 1 - 1e-7)
    share = np.log(fitted["fakes"] / fitted["reals"])  # of those that it was fitted on
    llr = np.log(held / (1 - held)) / fitted["temperature"] + fitted["shift"] - share
    return word, llr, 1 / (1 + np.exp(-llr - np.log(prior / (1 - prior))))


if __name__ == "__main__":
    scores = scores_of(images_of([cv2.imread(name)[:, :, ::-1] for name in sys.argv[1:]]))
    for name, score in zip(sys.argv[1:], scores):
        print(f"{score:.4f}  {name}")
    print("the video: {}; log-likelihood ratio {}, probability of a fake at a prior of 0.5 {}".format(*verdict(scores)))
'''


def network_of(state, architecture):
    """The network of a model file without dropout: images [n, 3, px, px] to probabilities [n, 2] (real, fake)."""
    import torch
    from torch.nn import functional as F

    if architecture != "resnet18":
        raise Refused(f"has the architecture {architecture!r:.40}, resnet18 can be written as ONNX")

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            for name, tensor in state.items():
                self.register_buffer(name.replace(".", "_"), tensor)

        def part(self, name):
            return getattr(self, name.replace(".", "_"))

        def conv(self, x, conv, norm, stride, padding):
            x = F.conv2d(x, self.part(conv + ".weight"), None, stride, padding)
            return self.norm(x, norm)

        def norm(self, x, name):
            return F.batch_norm(x, self.part(name + ".running_mean"), self.part(name + ".running_var"),
                                self.part(name + ".weight"), self.part(name + ".bias"))

        def linear(self, x, name):
            return F.linear(x, self.part(name + ".weight"), self.part(name + ".bias"))

        def forward(self, x):
            x = F.max_pool2d(F.relu(self.conv(x, "conv1", "bn1", 2, 3)), 3, 2, 1)
            for layer in range(1, 5):
                for block in range(2):
                    name = f"layer{layer}.{block}."
                    stride = 2 if layer > 1 and block == 0 else 1
                    y = F.relu(self.conv(x, name + "conv1", name + "bn1", stride, 1))
                    y = self.conv(y, name + "conv2", name + "bn2", 1, 1)
                    if name + "downsample.0.weight" in state:
                        x = self.conv(x, name + "downsample.0", name + "downsample.1", stride, 0)
                    x = F.relu(x + y)
            x = F.adaptive_avg_pool2d(x, 1).flatten(1)
            if "fc.weight" in state:
                x = self.linear(x, "fc")
            else:
                x = self.linear(self.norm(F.relu(self.linear(x, "fc.1")), "fc.3"), "fc.5")
            return F.softmax(x, 1)

    return Network().eval()


def write_onnx(source, target):
    check_source(source)
    import json
    import warnings

    import onnx  # noqa: F401 (torch.onnx needs it, and says so less clearly)
    import safetensors
    import torch

    try:
        with safetensors.safe_open(source, framework="pt") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()
                     if name != "__digest__" and not name.startswith("familiarity.")}
    except safetensors.SafetensorError as fault:
        raise Refused(f"is not a readable safetensors file ({fault})") from None
    if metadata.get("format") != "unmask.model.1":
        raise Refused("is no trained model: weights alone don't say how crops are made")
    model = json.loads(metadata["model"])
    about = {"format": "unmask.onnx.1", "input": "crops: float32 [n, 3, crop_px, crop_px], RGB",
             "output": "probabilities: float32 [n, 2]; [:, 1] is fake", "crop_px": model["crop_px"], "divide_by": 255,
             "mean": MEAN, "deviation": DEVIATION, "video_score": "mean of the frames' fake probabilities",
             "crops": json.loads(metadata["preprocessing"]), "model": model, "trained": json.loads(metadata["trained"]),
             "calibration": json.loads(metadata.get("calibration") or "null")}
    os.makedirs(target, exist_ok=True)
    part = os.path.join(target, f".model-{os.getpid()}.onnx")
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # the exporter's age: the new one writes no opset 13
            px = model["crop_px"]
            torch.onnx.export(network_of(state, model["architecture"]), torch.zeros(1, 3, px, px), part,
                              opset_version=OPSET, dynamo=False, input_names=["crops"],
                              output_names=["probabilities"],
                              dynamic_axes={"crops": {0: "n"}, "probabilities": {0: "n"}})
        os.replace(part, os.path.join(target, "model.onnx"))
    finally:
        if os.path.exists(part):
            os.remove(part)
    for name, text in (("preprocessing.json", json.dumps(about, indent=2) + "\n"), ("example.py", EXAMPLE)):
        with open(part + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part + ".new", os.path.join(target, name))


def main(arguments):
    actions = {("import", 3): import_weights, ("export", 4): export_weights, ("onnx", 3): write_onnx}
    action = actions.get((arguments[0] if arguments else "", len(arguments)))
    if action is None:
        print("usage: convert_weights.py import SOURCE.pth TARGET.safetensors | export SOURCE.safetensors TARGET.pth "
              "NAME,NAME,... | onnx SOURCE.safetensors TARGET_FOLDER", file=sys.stderr)
        return 2
    limit_resources()
    try:
        action(*arguments[1:])
    except Refused as fault:
        print(f"{arguments[1]}: {fault}", file=sys.stderr)
        return 3
    except ImportError as fault:
        print(f"{sys.executable}: {fault}: wanted a Python with torch and safetensors, for ONNX also onnx (--python "
              "FILE, or UNMASK_PYTHON; .venv/bin/python -m pip install onnx --constraint constraints.txt)",
              file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"{fault.filename or arguments[2]}: {fault.strerror}", file=sys.stderr)
        return 1
    except (MemoryError, RecursionError) as fault:
        print(f"{arguments[1]}: asks for more than a weights file may ({type(fault).__name__})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
