"""Grad-CAM by hooks on torchvision's network, for classifier_reference.py: of layer4, of the logits "real" and "fake",
as Selvaraju et al. define it (equations 1 and 2), one image and one backward pass at a time.
"""
import torch


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


def cams(model, images):
    """cam.0 and cam.1 [n, h, w] of a model in eval mode."""
    return {f"cam.{output}": torch.stack([grad_cam(model, image, output) for image in images]) for output in (0, 1)}
