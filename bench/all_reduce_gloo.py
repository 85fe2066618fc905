"""The peer of bench_all_reduce: torch.distributed over gloo.

usage: torchrun all_reduce_gloo.py SECONDS REPEATS BYTES...
"""
import json
import sys
import time

import torch
import torch.distributed as dist

TYPES = {"float": torch.float32, "int64": torch.int64}


def require_right_sum(values):
    world = dist.get_world_size()
    pattern = torch.arange(values.numel()) % 1000
    values.copy_(pattern * (dist.get_rank() + 1))
    dist.all_reduce(values)
    if not torch.equal(values, (pattern * (world * (world + 1) // 2)).to(values.dtype)):
        sys.exit(f"gloo: a wrong sum of {values.numel()} {values.dtype}")


def seconds_of(values, calls):
    dist.all_reduce(values)
    dist.barrier()
    start = time.perf_counter()
    for _ in range(calls):
        dist.all_reduce(values)
    return (time.perf_counter() - start) / calls


def main():
    seconds, repeats = float(sys.argv[1]), int(sys.argv[2])
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    for size in map(int, sys.argv[3:]):
        for name, dtype in TYPES.items():
            values = torch.empty(size // dtype.itemsize, dtype=dtype)
            require_right_sum(values)
            values.zero_()
            calls = torch.tensor([max(1, int(seconds / seconds_of(values, 3)))])
            dist.broadcast(calls, 0)
            taken = [seconds_of(values, int(calls)) for _ in range(repeats)]
            if dist.get_rank() == 0:
                told = {"world": dist.get_world_size(), "type": name, "bytes": size, "gloo": taken}
                print(json.dumps(told), flush=True)
    dist.destroy_process_group()


main()
