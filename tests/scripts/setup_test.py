"""scripts/setup and TORCH: which LibTorch a checkout has, and which versions pip is told. Nothing is installed."""
import os
import pathlib
import shutil
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


def checkout(folder, torch=None):
    """One that is set up already, but for what pip does: that is a script which writes down its words."""
    for name in ("constraints.txt", "constraints-torch-2.10.txt", "scripts/setup"):
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(SOURCE / name, folder / name)
    programs = folder / ".venv/bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(f'#!/bin/sh\necho "$@" >{folder}/asked\n')
    (programs / "python").chmod(0o755)
    (programs / "mpirun").symlink_to("none")
    version = subprocess.run(["/usr/bin/python3", "--version"], capture_output=True, text=True).stdout.strip()
    (folder / ".venv/setup-place").write_text(f"{version} in {folder}\n")
    if torch:
        (folder / ".venv/setup-torch").write_text(torch + "\n")
    return folder


def setup(folder, **variables):
    environment = {key: value for key, value in os.environ.items() if key != "TORCH"}
    return subprocess.run([folder / "scripts/setup"], env={**environment, **variables}, capture_output=True, text=True)


def versions(folder):
    lines = (folder / ".venv/constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if "==" in line]
    assert len({name for name, _ in pairs}) == len(pairs), "a package has two versions"
    return dict(pairs)


def main():
    with tempfile.TemporaryDirectory() as made:
        made = pathlib.Path(made).resolve()
        default, older = checkout(made / "default"), checkout(made / "older", torch="2.10")

        done = setup(default)
        assert done.returncode == 0, done.stderr
        assert versions(default) == dict(line.strip().split("==") for line in open(SOURCE / "constraints.txt")
                                         if "==" in line)
        assert " nvidia-cuda-crt " in (default / "asked").read_text()
        (default / "asked").unlink()
        assert setup(default).returncode == 0 and not (default / "asked").exists(), "installed again"
        print("seen: the default LibTorch, once")

        done = setup(older)  # remembers which
        assert done.returncode == 0, done.stderr
        merged = versions(older)
        assert merged["torch"] == "2.10.0" and merged["numpy"] == versions(default)["numpy"], merged
        asked = (older / "asked").read_text()
        assert " nvidia-cuda-nvcc-cu12 " in asked and " nvidia-cuda-crt " not in asked, asked
        print("seen: an older one, whose versions come first")

        for folder, torch, text in ((default, "1.0", "there is no constraints-torch-1.0.txt; wanted one of "),
                                    (default, "2.10", "a checkout has one: take another checkout")):
            done = setup(folder, TORCH=torch)
            assert done.returncode == 2 and text in done.stderr, (torch, done)
        print("seen: one that isn't known, or another than the checkout has, is refused")


if __name__ == "__main__":
    main()
