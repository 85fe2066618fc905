"""Augmentation beside torchvision's on the same crops, one core each, rounds taken in turns.

usage: augment_torchvision.py BENCH_AUGMENT [ROUNDS [STORE]]

Times are processor time of one thread, so that other work on the machine disturbs little. All start from decoded crops
in memory, or from the same JPEG files in memory (quality 95, no chroma subsampling, as in our stores), and end with a
normalised float image: flip, affine, perspective, jitter, erasing, normalisation.
"""
import io
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch
import torchvision
from PIL import Image
from torchvision import transforms as v1
from torchvision.transforms import v2

BILINEAR = v1.InterpolationMode.BILINEAR
NORMALISATION = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
SECONDS = 1.0


def pipeline(module, affine_interpolation, to_float):
    return module.Compose([
        module.RandomHorizontalFlip(),
        module.RandomAffine(40, scale=(0.9, 1.1), interpolation=affine_interpolation),
        module.RandomPerspective(0.2),
        module.ColorJitter(0.5, 0.5, 0.5),
        to_float,
        module.RandomErasing(p=0.5, scale=(0.02, 0.16), ratio=(0.3, 1.6)),
        module.Normalize(*NORMALISATION),
    ])


def as_jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


def decoded(jpeg):
    return Image.open(io.BytesIO(jpeg)).convert("RGB")


def measure(crops, transform):
    mean = statistics.fmean(float(transform(crop).mean()) for crop in crops[:128])
    start, count, took = time.process_time(), 0, 0.0
    while took < SECONDS:
        for _ in range(8):
            transform(crops[count % len(crops)])
            count += 1
        took = time.process_time() - start
    return count / took, mean


def cpu_model():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    store = sys.argv[3:4]
    torch.set_num_threads(1)
    torch.manual_seed(0)
    ours = ["generic", "avx2", "avx512", "best", "normalise", "jpeg", "decode"]
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "crops.u8")
        subprocess.run([bench, "make", file, *store], check=True)
        pixels = numpy.fromfile(file, numpy.uint8).reshape(-1, 224, 224, 3)
        images = [Image.fromarray(crop) for crop in pixels]
        jpegs = [as_jpeg(image) for image in images]
        jpeg_file = os.path.join(folder, "crops.jpegs")
        with open(jpeg_file, "wb") as out:
            for jpeg in jpegs:
                out.write(len(jpeg).to_bytes(4, "little") + jpeg)
        tensors = [torch.from_numpy(crop.copy()).permute(2, 0, 1).contiguous() for crop in pixels]
        nearest = v1.InterpolationMode.NEAREST
        peers = {
            "torchvision v1, PIL, affine nearest (as published)": (images, pipeline(v1, nearest, v1.ToTensor())),
            "torchvision v1, PIL, bilinear": (images, pipeline(v1, BILINEAR, v1.ToTensor())),
            "torchvision v2, tensor, bilinear": (tensors,
                                                 pipeline(v2, BILINEAR, v2.ToDtype(torch.float32, scale=True))),
        }
        published = pipeline(v1, nearest, v1.ToTensor())
        from_jpeg = {
            "JPEG: PIL and torchvision v1 as published": (jpegs, lambda jpeg: published(decoded(jpeg))),
            "JPEG: PIL decodes": (jpegs, lambda jpeg: torch.from_numpy(numpy.array(decoded(jpeg))).float()),
        }
        speeds, means, digests = {}, {}, {}
        for _ in range(rounds):
            done = subprocess.run([bench, "run", file, jpeg_file, *ours], check=True, capture_output=True, text=True)
            for line in done.stdout.splitlines():
                got = json.loads(line)
                speeds.setdefault(got["path"], []).append(got["images_per_s"])
                means[got["path"]] = got["mean"]
                if got["path"] not in ("normalise", "jpeg", "decode"):
                    digests[got["path"]] = got["digest"]
            for name, (crops, transform) in {**peers, **from_jpeg}.items():
                speed, means[name] = measure(crops, transform)
                speeds.setdefault(name, []).append(speed)
    if len(set(digests.values())) != 1:
        sys.exit(f"the paths' outputs differ: {digests}")
    for name in peers:
        if abs(means[name] - means["best"]) > 0.15 or abs(means["jpeg"] - means["best"]) > 0.15:
            sys.exit(f"{name}: mean output {means[name]}, ours {means['best']}")
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    print(f"machine: {cpu_model()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; commit {commit}; torch "
          f"{torch.__version__}, torchvision {torchvision.__version__}, Pillow {Image.__version__}")
    print(f"settings: 256 {'stored' if store else 'drawn'} crops of 224 px in memory, 1 thread, {rounds} rounds of "
          f"{SECONDS:g} s in turns, processor time; median (least to most)")
    best = speeds["best"]
    print(f"{'images/s of one core':54}{'median':>8}{'least':>8}{'most':>8}   best path (JPEG: jpeg) over it")
    for name, values in speeds.items():
        ratios = [b / v for b, v in zip(speeds["jpeg"] if name.startswith("JPEG") else best, values)]
        print(f"{name:54}{statistics.median(values):8.0f}{min(values):8.0f}{max(values):8.0f}   "
              f"{statistics.median(ratios):.1f} x ({min(ratios):.1f} to {max(ratios):.1f})")
    print(f"checked: every path the same bits; mean output {means['best']:.3f}, torchvision "
          + ", ".join(f"{means[name]:.3f}" for name in peers))


if __name__ == "__main__":
    main()
