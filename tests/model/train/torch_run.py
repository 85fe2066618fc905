"""The run of torch_run_test in Python's torch and torchvision.

torch_run.py init FILE.safetensors     starting weights: torchvision's resnet18 with two classes
torch_run.py run DIR PX BATCH STEPS    trains on DIR/crops.bin (u8 [STEPS, BATCH, PX, PX, 3]) and DIR/labels.bin (u8) from
                                       DIR/init.safetensors; prints the loss of each step
"""
import pathlib
import sys

import numpy
import safetensors.torch
import torch
import torchvision

torch.set_num_threads(1)


def init(path):
    torch.manual_seed(11)
    state = torchvision.models.resnet18(num_classes=2).state_dict()
    safetensors.torch.save_file({k: v for k, v in state.items() if "num_batches" not in k}, path)


def run(folder, px, batch, steps):
    folder = pathlib.Path(folder)
    crops = numpy.fromfile(folder / "crops.bin", dtype=numpy.uint8).reshape(steps, batch, px, px, 3)
    labels = numpy.fromfile(folder / "labels.bin", dtype=numpy.uint8).reshape(steps, batch)
    model = torchvision.models.resnet18(num_classes=2)
    missing, unexpected = model.load_state_dict(safetensors.torch.load_file(folder / "init.safetensors"), strict=False)
    assert not unexpected and all("num_batches" in name for name in missing), (missing, unexpected)
    model = model.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-6, weight_decay=0.1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 5e-6, total_steps=steps, pct_start=0.3, cycle_momentum=False)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    for step in range(steps):
        images = torch.from_numpy(crops[step]).permute(0, 3, 1, 2).float().div(255)
        images = ((images - mean) / deviation).contiguous(memory_format=torch.channels_last)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(images), torch.from_numpy(labels[step]).long())
        loss.backward()
        optimizer.step()
        if step + 1 < steps:
            schedule.step()
        print(repr(loss.item()))


if sys.argv[1] == "init":
    init(sys.argv[2])
else:
    run(sys.argv[2], *map(int, sys.argv[3:]))
