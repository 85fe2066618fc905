"""The ways to multiply on this processor, side by side. Called by bench/arithmetic.sh.

A step: bench_step on real data, 2 ranks of one thread, 224 px, 32 samples a rank. A product: torch.mm of 1024 x 1024
matrices in two processes of one thread at the same time. The step's share of the product's rate counts the operations
of convolutions and the linear layer, forward and backward, as torch's own counter does.
"""
import argparse
import os
import statistics
import subprocess
import sys

import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from step_table import PX, RANKS, Bench, describe, machine_line, speed

PRODUCT = """
import time, torch
torch.set_num_threads(1)
a = torch.randn(1024, 1024, dtype=torch.{type}); b = torch.randn(1024, 1024, dtype=torch.{type})
for _ in range(5): a @ b
start, count = time.perf_counter(), 0
while time.perf_counter() - start < 3: a @ b; count += 1
print(2 * 1024**3 * count / (time.perf_counter() - start) / 1e9)
"""


def product_rate(type):
    """GFLOP/s of both processes together."""
    processes = [subprocess.Popen([sys.executable, "-c", PRODUCT.format(type=type)], stdout=subprocess.PIPE, text=True)
                 for _ in range(RANKS)]
    return sum(float(process.communicate()[0]) for process in processes)


def operations_an_image():
    model = torchvision.models.resnet18(num_classes=2)
    with FlopCounterMode(display=False) as counter:
        model(torch.randn(2, 3, PX, PX)).sum().backward()
    return counter.get_total_flops() / 2 / 1e9


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", default="build")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--warmup", type=int, default=2)
    options = parser.parse_args()
    load = os.getloadavg()[0]
    bench = Bench(options)
    ways = {
        "bf16, native products": ("bfloat16", lambda: bench.ours("bf16", arithmetic="native")),
        "bf16, f32 products": ("float32", lambda: bench.ours("bf16", arithmetic="f32")),
        "fp32": ("float32", lambda: bench.ours("fp32")),
    }
    steps, products = {name: [] for name in ways}, {"bfloat16": [], "float32": []}
    for number in range(options.rounds):
        for name, (_, run) in list(ways.items())[:: 1 if number % 2 == 0 else -1]:
            steps[name].append(speed(run()))
        for type, rates in products.items():
            rates.append(product_rate(type))
    chosen = bench.ours("bf16", steps=2)["arithmetic"]
    work = operations_an_image()
    print(f"{machine_line(load)}; {options.rounds} rounds")
    print(f"an image takes {work:.2f} GFLOP, forward and backward\n")
    print("| | img/s, both ranks, median (least to most) | share of the rate of matrix products, % |\n|---|---|---|")
    for name, (type, _) in ways.items():
        shares = [100 * rate * work / product for rate, product in zip(steps[name], products[type])]
        print(f"| {name} | {describe(steps[name])} | {statistics.median(shares):.0f} |")
    for type, rates in products.items():
        print(f"| matrix products in {type} | {describe(rates)} GFLOP/s | |")
    native, rounded = (statistics.median(steps[name]) for name in list(ways)[:2])
    faster = "native" if native > rounded else "f32"
    print(f"\nthe table takes {chosen}; faster here: {faster} ({max(native, rounded) / min(native, rounded):.2f} x)")
    if chosen != f"bf16, products {faster}":
        sys.exit("the table of base/instruction_set.cc is WRONG here")


if __name__ == "__main__":
    main()
