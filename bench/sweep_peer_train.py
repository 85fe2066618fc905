"""One trial as a Python user writes it: torchvision's ResNet18 and transforms, DataLoader, Adam, OneCycle.

usage: sweep_peer_train.py JSON    an object with crops (a folder), out (the checkpoint's name), px, workers, epochs,
                                   max_lr, pct_start and dropout

Prints one JSON line. Started by sweep_peer.py, a process a trial, and called by sweep_peer_ray.py.
"""
import json
import os
import sys
import time

import torch
import torchvision
from torch import nn
from torch.utils.data import DataLoader
from torchvision import transforms

from ddp_step import Crops

BATCH = 32


def auc(scores, labels):
    """Chance that a fake scores above a real one; ties count half."""
    fake, real = scores[labels == 1], scores[labels == 0]
    above = (fake[:, None] > real[None, :]).float() + 0.5 * (fake[:, None] == real[None, :]).float()
    return above.mean().item()


def validate(model, batches):
    model.eval()
    with torch.inference_mode():
        told = [(model(images.to(memory_format=torch.channels_last)), labels) for images, labels in batches]
    model.train()
    scores = torch.cat([output[:, 1] - output[:, 0] for output, _ in told])
    return auc(scores, torch.cat([labels for _, labels in told]))


def train(asked):
    torch.set_num_threads(1)
    torch.manual_seed(3)
    crops = Crops(asked["crops"] + "/train.u8", asked["px"])
    val = Crops(asked["crops"] + "/val.u8", asked["px"])
    val.transform = transforms.Compose([transforms.ToTensor(), crops.transform.transforms[-1]])
    workers = {"num_workers": asked["workers"], "persistent_workers": asked["workers"] > 0}
    batches = DataLoader(crops, BATCH, shuffle=True, **workers)
    val_batches = DataLoader(val, BATCH)
    model = torchvision.models.resnet18()
    model.fc = nn.Sequential(nn.Dropout(asked["dropout"]), nn.Linear(512, 2))
    model = model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=asked["max_lr"], weight_decay=0.1, fused=True)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, asked["max_lr"], epochs=asked["epochs"],
                                               steps_per_epoch=len(batches), pct_start=asked["pct_start"],
                                               cycle_momentum=False)
    step_s, best = 0.0, 0.0
    for _ in range(asked["epochs"]):
        start = time.perf_counter()
        for images, labels in batches:
            loss = nn.functional.cross_entropy(model(images.to(memory_format=torch.channels_last)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rate.step()
            if not torch.isfinite(loss):
                raise FloatingPointError("the loss is not finite")
        step_s += time.perf_counter() - start
        best = max(best, validate(model, val_batches))
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rate": rate.state_dict()},
                   asked["out"] + ".part")
        os.replace(asked["out"] + ".part", asked["out"])
    return {"step_s": step_s, "images": asked["epochs"] * len(crops), "auc": best}


if __name__ == "__main__":
    print(json.dumps(train(json.loads(sys.argv[1]))))
