"""Grad-CAM by hooks on torchvision's network, for grad_cam_test.cc.

    grad_cam_reference.py HEAD CLASSIFIER.safetensors OUT.safetensors

CLASSIFIER: weights and images of classifier_reference.py. cam.0 and cam.1 [n, h, w] in double: of layer4, of the logits
"real" and "fake", as Selvaraju et al. define it (equations 1 and 2), one image and one backward pass at a time.
"""
import sys

import safetensors.torch
import torch

from classifier_reference import make_model


def grad_cam(model, image, output):
    kept = {}
    hooks = [model.layer4.register_forward_hook(lambda _, __, maps: kept.update(maps=maps)),
             model.layer4.register_full_backward_hook(lambda _, __, gradient: kept.update(gradient=gradient[0]))]
    logits = model(image[None])
    model.zero_grad()
    logits[0, output].backward()
    for hook in hooks:
        hook.remove()
    weights = kept["gradient"][0].mean(dim=(1, 2))
    return torch.relu(torch.einsum("k,khw->hw", weights, kept["maps"][0])).detach()


def main():
    head, source, target = sys.argv[1:]
    torch.set_num_threads(1)
    held = safetensors.torch.load_file(source)
    model = make_model(head)
    model.load_state_dict({name: held[name] for name in model.state_dict()})
    model = model.double().eval()
    images = held["images"].double()
    safetensors.torch.save_file(
        {f"cam.{output}": torch.stack([grad_cam(model, image, output) for image in images]).float().contiguous()
         for output in (0, 1)}, target)


if __name__ == "__main__":
    main()
