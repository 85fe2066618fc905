"""Makes .pth files, good and bad, for weight_file_test.cc, and judges exported ones with torchvision.

    weight_file_judge.py make FOLDER
    weight_file_judge.py refuse FOLDER
    weight_file_judge.py check linear|hidden MODEL.safetensors EXPORTED.pth
"""
import collections
import os
import sys
import zipfile

import safetensors.torch
import torch
import torchvision


class RunsCode:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mknod, (self.path,)


def make(folder):
    torch.manual_seed(3)
    model = torchvision.models.resnet18()
    state = model.state_dict()

    def save(name, value, **options):
        torch.save(value, f"{folder}/{name}.pth", **options)

    save("plain", state)
    save("dict", dict(state))
    prefixed = collections.OrderedDict(("module." + name, value) for name, value in state.items())
    save("nested", {"epoch": 3, "model_state_dict": prefixed, "optimizer": {"lr": 0.1}})
    save("legacy", state, _use_new_zipfile_serialization=False)
    save("code", RunsCode(f"{folder}/code_was_run"))
    save("model", model)
    save("list", [1, 2, 3])
    save("empty", {})
    save("huge", {"conv1.weight": torch.zeros(1).expand(1 << 20, 1 << 20)})
    with zipfile.ZipFile(f"{folder}/plain.pth") as stored, \
            zipfile.ZipFile(f"{folder}/deflated.pth", "w", zipfile.ZIP_DEFLATED) as deflated:
        for name in stored.namelist():
            deflated.writestr(name, stored.read(name) if not name.endswith("/data/0") else bytes(1 << 20))
    with open(f"{folder}/text.pth", "w") as file:
        file.write("these are no weights\n")
    with open(f"{folder}/plain.pth", "rb") as file:
        whole = file.read()
    with open(f"{folder}/cut.pth", "wb") as file:
        file.write(whole[:len(whole) // 2])
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    with open(f"{folder}/flipped.pth", "wb") as file:
        file.write(damaged)


def refuse(folder):
    """Files that the converter must refuse, in one process: starting Python takes longest."""
    sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "..", "scripts"))
    import convert_weights
    wanted = {"code": "weights_only", "model": "weights_only", "list": "wanted a state dict", "empty": "no state dict",
              "text": "not a readable", "cut": "not a readable", "huge": "bytes", "deflated": "compressed"}
    for name, reason in wanted.items():
        try:
            convert_weights.import_weights(f"{folder}/{name}.pth", f"{folder}/refused.safetensors")
        except convert_weights.Refused as fault:
            assert reason in str(fault), (name, str(fault))
        else:
            raise AssertionError(f"{name}.pth was taken")
    assert not os.path.exists(f"{folder}/code_was_run")
    assert not os.path.exists(f"{folder}/refused.safetensors")
    # Every byte of a small file changed: refused, or (where the byte means nothing) the same values.
    tensor = torch.arange(4.0)
    torch.save({"fc.weight": tensor}, f"{folder}/small.pth")
    with open(f"{folder}/small.pth", "rb") as file:
        whole = file.read()
    for i in range(len(whole)):
        with open(f"{folder}/changed.pth", "wb") as file:
            file.write(whole[:i] + bytes([whole[i] ^ 0x40]) + whole[i + 1:])
        try:
            state = convert_weights.find_state_dict(convert_weights.load_pickle(f"{folder}/changed.pth"))
        except convert_weights.Refused:
            continue
        assert list(state) == ["fc.weight"] and torch.equal(state["fc.weight"], tensor), f"byte {i} changed the weights"


def check(head, model_file, exported):
    model = torchvision.models.resnet18()
    if head == "linear":
        model.fc = torch.nn.Linear(512, 2)
    else:
        model.fc = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(512, 256), torch.nn.ReLU(),
                                       torch.nn.BatchNorm1d(256), torch.nn.Dropout(0.5), torch.nn.Linear(256, 2))
    state = torch.load(exported, weights_only=True)
    assert list(state) == list(model.state_dict()), "names or their order differ"
    model.load_state_dict(state, strict=True)
    for name, value in safetensors.torch.load_file(model_file).items():
        assert name == "__digest__" or torch.equal(model.state_dict()[name], value), name


if __name__ == "__main__":
    torch.set_num_threads(1)
    {"make": make, "refuse": refuse, "check": check}[sys.argv[1]](*sys.argv[2:])
