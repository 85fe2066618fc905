"""What torchvision's resnet18 is made of, with either head, for network_shapes_test.cc and resnet18_layout_test.cc.

Prints lines "HEAD parameter NAME SIZE…", "HEAD buffer NAME SIZE…" (without num_batches_tracked) and
"conv NAME STRIDE PADDING".
"""
import torch
import torchvision

model = torchvision.models.resnet18()
heads = {"linear": torch.nn.Linear(512, 2),
         "hidden": torch.nn.Sequential(torch.nn.Dropout(), torch.nn.Linear(512, 256), torch.nn.ReLU(),
                                       torch.nn.BatchNorm1d(256), torch.nn.Dropout(), torch.nn.Linear(256, 2))}
for head, model.fc in heads.items():
    for kind, tensors in ("parameter", model.named_parameters()), ("buffer", model.named_buffers()):
        for name, tensor in tensors:
            if not name.endswith("num_batches_tracked"):
                print(head, kind, name, *tensor.shape)
for name, module in model.named_modules():
    if isinstance(module, torch.nn.Conv2d):
        print("conv", name, module.stride[0], module.padding[0])
