"""What a Python user writes: DistributedDataParallel over gloo, torchvision's ResNet18 and transforms, a DataLoader.

usage: torchrun --nproc-per-node 2 ddp_step.py CROPS fp32|bf16 WORKERS [STEPS [WARMUP [PX [BATCH]]]]

CROPS is what `bench_step STORES --dump CROPS` wrote: decoded crops in one file, kinder than a folder of PNGs.
Rank zero prints one JSON line.
"""
import contextlib
import json
import math
import sys
import time

import numpy
import torch
import torchvision
from PIL import Image
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset, DistributedSampler
from torchvision import transforms


class Crops(Dataset):
    def __init__(self, file, px):
        self.crops = numpy.memmap(file, numpy.uint8, "r").reshape(-1, px, px, 3)
        self.labels = numpy.fromfile(file + ".labels", numpy.uint8).astype(numpy.int64)
        self.transform = transforms.Compose([
            transforms.RandomHorizontalFlip(),
            transforms.RandomAffine(40, scale=(0.9, 1.1)),
            transforms.RandomPerspective(0.2),
            transforms.ColorJitter(0.5, 0.5, 0.5),
            transforms.ToTensor(),
            transforms.RandomErasing(p=0.5, scale=(0.02, 0.16), ratio=(0.3, 1.6)),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ])

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, index):
        return self.transform(Image.fromarray(self.crops[index])), self.labels[index]


def batches(crops, batch, workers):
    sampler = DistributedSampler(crops, shuffle=True)
    loader = DataLoader(crops, batch, sampler=sampler, num_workers=workers, drop_last=True,
                        persistent_workers=workers > 0)
    epoch = 0
    while True:
        sampler.set_epoch(epoch)
        yield from loader
        epoch += 1


def main():
    file, precision, workers = sys.argv[1], sys.argv[2], int(sys.argv[3])
    steps, warmup, px, batch = [int(given) for given in sys.argv[4:8]] + [10, 3, 224, 32][len(sys.argv[4:8]):]
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo")
    model = torchvision.models.resnet18()
    model.fc = nn.Sequential(nn.Dropout(0.75), nn.Linear(512, 2))
    model = DistributedDataParallel(model.to(memory_format=torch.channels_last))
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-5, weight_decay=0.1, fused=True)
    source = batches(Crops(file, px), batch, workers)
    speeds, parts = [], [0.0] * 4
    for step in range(warmup + steps):
        if step == warmup:
            torch.distributed.barrier()
            parts, processor = [0.0] * 4, time.process_time()
        marks = [time.perf_counter()]
        images, labels = next(source)
        images = images.to(memory_format=torch.channels_last)
        marks.append(time.perf_counter())
        with torch.autocast("cpu", torch.bfloat16) if precision == "bf16" else contextlib.nullcontext():
            loss = nn.functional.cross_entropy(model(images), labels)
        marks.append(time.perf_counter())
        optimizer.zero_grad()
        loss.backward()
        marks.append(time.perf_counter())
        optimizer.step()
        value = loss.item()
        marks.append(time.perf_counter())
        if not math.isfinite(value):
            sys.exit(f"the loss is not finite at step {step}")
        if step >= warmup:
            speeds.append(batch * torch.distributed.get_world_size() / (marks[-1] - marks[0]))
        parts = [part + 1e3 * (b - a) / steps for part, a, b in zip(parts, marks, marks[1:])]
    if torch.distributed.get_rank() == 0:
        print(json.dumps({"world": torch.distributed.get_world_size(), "precision": precision, "workers": workers,
                          "loss": value, "processor": 1e3 * (time.process_time() - processor) / steps,
                          **dict(zip(("load", "forward", "backward", "optimizer"), parts)), "images_per_s": speeds}))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
