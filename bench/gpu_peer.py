"""What a Python user writes for GPUs: torchvision's ResNet18 under torch.compile, bf16, channels_last, fused Adam,
torchvision's v2 transforms on the GPU, a DataLoader with workers, DistributedDataParallel over NCCL.

usage: torchrun --nproc-per-node N gpu_peer.py cuda|cpu CROPS BATCH EPOCHS WORKERS

CROPS are bytes, N × px × px × 3, as a NumPy file: nothing is decoded. One draw of the transforms is for a whole
batch, as v2 does it: cheaper than a draw for each image, which unmask makes. With `cpu` the same code runs, compiled
by torch's backend "eager". Rank zero prints one JSON line: images/s of all ranks with a batch that stays on the GPU
("steps"), and of each epoch from the DataLoader.
"""
import json
import math
import sys
import time

import numpy
import torch
import torchvision
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset, DistributedSampler
from torchvision.transforms import v2


class Crops(Dataset):
    def __init__(self, file):
        self.crops = numpy.load(file, mmap_mode="r")

    def __len__(self):
        return len(self.crops)

    def __getitem__(self, index):
        return torch.from_numpy(self.crops[index].copy()), index % 2


def transforms():
    return v2.Compose([
        v2.RandomHorizontalFlip(),
        v2.RandomAffine(40, scale=(0.9, 1.1)),
        v2.RandomPerspective(0.2),
        v2.ColorJitter(0.5, 0.5, 0.5),
        v2.ToDtype(torch.float32, scale=True),
        v2.RandomErasing(p=0.5, scale=(0.02, 0.16), ratio=(0.3, 1.6)),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])


class Trainer:
    def __init__(self, device):
        self.device, self.transform = device, transforms()
        model = torchvision.models.resnet18()
        model.fc = nn.Sequential(nn.Dropout(0.75), nn.Linear(512, 2))
        model = model.to(device, memory_format=torch.channels_last)
        if torch.distributed.get_world_size() > 1:
            model = DistributedDataParallel(model)
        self.model = torch.compile(model, backend="inductor" if device.type == "cuda" else "eager")
        self.optimizer = torch.optim.Adam(model.parameters(), lr=5e-5, weight_decay=0.1, fused=True)

    def step(self, crops, labels):
        images = self.transform(crops.permute(0, 3, 1, 2)).contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16):
            loss = nn.functional.cross_entropy(self.model(images), labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss

    def move(self, batch):
        return [part.to(self.device, non_blocking=True) for part in batch]

    def wait(self):
        if self.device.type == "cuda":
            torch.cuda.synchronize()


def main():
    kind, file, batch, epochs, workers = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
    torch.distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
    rank, world = torch.distributed.get_rank(), torch.distributed.get_world_size()
    if kind == "cuda":
        torch.cuda.set_device(rank % torch.cuda.device_count())
    else:
        torch.set_num_threads(1)
    trainer = Trainer(torch.device(kind, torch.cuda.current_device()) if kind == "cuda" else torch.device("cpu"))
    crops = Crops(file)
    sampler = DistributedSampler(crops, shuffle=True)
    loader = DataLoader(crops, batch, sampler=sampler, num_workers=workers, drop_last=True,
                        persistent_workers=workers > 0, pin_memory=kind == "cuda")
    resident = trainer.move(next(iter(loader)))
    warmup, timed = (10, 30) if kind == "cuda" else (1, 2)
    for step in range(warmup + timed):
        if step == warmup:
            trainer.wait()
            torch.distributed.barrier()
            start = time.perf_counter()
        loss = trainer.step(*resident)
    trainer.wait()
    steps = timed * batch * world / (time.perf_counter() - start)
    speeds = []
    for epoch in range(epochs):
        sampler.set_epoch(epoch)
        torch.distributed.barrier()
        start, count = time.perf_counter(), 0
        for part in loader:
            loss = trainer.step(*trainer.move(part))
            count += batch * world
        trainer.wait()
        speeds.append(count / (time.perf_counter() - start))
    if not math.isfinite(loss.item()):
        sys.exit("the loss is not finite")
    if rank == 0:
        print(json.dumps({"steps": steps, "epochs": speeds}))
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    main()
