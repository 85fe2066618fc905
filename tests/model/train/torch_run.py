"""The runs of torch_run_test in Python's torch and torchvision.

torch_run.py init DIR SEEDS
    DIR/SEED/init.safetensors: starting weights, torchvision's resnet18 with two classes
torch_run.py run DIR SEEDS PX BATCH STEPS
    trains on DIR/SEED/crops.bin (u8 [STEPS, BATCH, PX, PX, 3]) and DIR/SEED/labels.bin (u8) from
    DIR/SEED/init.safetensors and prints JSON, losses by step: {"float": [a list a seed], "double": [a list a seed],
    "faults": {name: of seed 0 in double}}. Each fault is a mistake that a trainer could make.
"""
import json
import pathlib
import sys
import warnings

import numpy
import safetensors.torch
import torch
import torchvision

torch.set_num_threads(1)
warnings.filterwarnings("ignore", message="Detected call of .lr_scheduler.step")  # a fault that is meant
RATE = 5e-6


def init(folder, seeds):
    for seed in range(seeds):
        torch.manual_seed(seed)
        state = torchvision.models.resnet18(num_classes=2).state_dict()
        state = {name: values for name, values in state.items() if "num_batches" not in name}
        safetensors.torch.save_file(state, folder / str(seed) / "init.safetensors")


def run(folder, px, batch, steps, type, weight_decay=0.1, beta2=0.999, steps_ahead=0):
    crops = numpy.fromfile(folder / "crops.bin", dtype=numpy.uint8).reshape(steps, batch, px, px, 3)
    labels = numpy.fromfile(folder / "labels.bin", dtype=numpy.uint8).reshape(steps, batch)
    model = torchvision.models.resnet18(num_classes=2)
    missing, unexpected = model.load_state_dict(safetensors.torch.load_file(folder / "init.safetensors"), strict=False)
    assert not unexpected and all("num_batches" in name for name in missing), (missing, unexpected)
    model = model.to(dtype=type, memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, weight_decay=weight_decay, betas=(0.9, beta2))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + steps_ahead, pct_start=0.3,
                                                   cycle_momentum=False)
    for _ in range(steps_ahead):
        schedule.step()
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=type).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=type).view(1, 3, 1, 1)
    losses = []
    for step in range(steps):
        images = torch.from_numpy(crops[step]).permute(0, 3, 1, 2).to(type).div(255)
        images = ((images - mean) / deviation).contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), torch.from_numpy(labels[step]).long())
        loss.backward()
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
        losses.append(loss.item())
    return losses


def main():
    folder, seeds = pathlib.Path(sys.argv[2]), int(sys.argv[3])
    if sys.argv[1] == "init":
        return init(folder, seeds)
    sizes = list(map(int, sys.argv[4:7]))
    folders = [folder / str(seed) for seed in range(seeds)]
    faults = {"rate of the next step": {"steps_ahead": 1}, "no L2 term": {"weight_decay": 0},
              "beta2 of 0.9": {"beta2": 0.9}}
    print(json.dumps({"float": [run(each, *sizes, torch.float32) for each in folders],
                      "double": [run(each, *sizes, torch.float64) for each in folders],
                      "faults": {name: run(folders[0], *sizes, torch.float64, **fault)
                                 for name, fault in faults.items()}}))


main()
