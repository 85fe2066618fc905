"""Reference values from torchvision's resnet18 for classifier_test.cc.

    classifier_reference.py HEAD OUT.safetensors

Writes random weights, images and labels, and what torchvision makes of them in fp32, dropout 0: logits in eval and train
mode, gradients of the mean cross-entropy in train mode (grad.NAME), running statistics after that pass (after.NAME).
"""
import sys

import safetensors.torch
import torch
import torchvision


def make_model(head):
    model = torchvision.models.resnet18()
    if head == "linear":
        model.fc = torch.nn.Linear(512, 2)
    else:
        model.fc = torch.nn.Sequential(torch.nn.Dropout(0), torch.nn.Linear(512, 256), torch.nn.ReLU(),
                                       torch.nn.BatchNorm1d(256), torch.nn.Dropout(0), torch.nn.Linear(256, 2))
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d)):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.5, 1.5)
    return model


def main():
    head, target = sys.argv[1:]
    torch.manual_seed(7)
    torch.set_num_threads(1)
    model = make_model(head)
    images = torch.randn(4, 3, 64, 64)
    labels = torch.tensor([0, 1, 1, 0])
    out = {name: value.clone() for name, value in model.state_dict().items()}
    out["images"], out["labels"] = images, labels
    model.eval()
    out["eval.logits"] = model(images).detach()
    model.train()
    logits = model(images)
    torch.nn.functional.cross_entropy(logits, labels).backward()
    out["train.logits"] = logits.detach()
    for name, parameter in model.named_parameters():
        out["grad." + name] = parameter.grad
    for name, value in model.named_buffers():
        out["after." + name] = value.clone()
    safetensors.torch.save_file({name: value.contiguous() for name, value in out.items()}, target)


if __name__ == "__main__":
    main()
