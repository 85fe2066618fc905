"""The tables of docs/scaling.md: efficiency of a training step on 1 to 1,024 GPUs, with and without overlap.

.venv/bin/python bench/scaling_model.py [--images-per-s N] [--images N] [--value-bytes 8|4]
.venv/bin/python bench/scaling_model.py --check FILE     beside what bench/two_hosts.sh measured (its --json FILE)
"""
import argparse
import dataclasses
import json
import math

IMAGES_PER_S = 7400  # of one GPU, published: docs/scaling.md
MICROBATCH = 32
BACKWARD = 0.67  # of a microbatch's time; measured on our CPU (docs/benchmarks.md: 1765 of 871 + 1765 ms)
BUCKET_BYTES = 8 << 20  # ReducerOptions::bucket_bytes, at 8 bytes a value whatever travels
GPUS = [2**i for i in range(11)]


@dataclasses.dataclass(frozen=True)
class Link:
    bytes_per_s: float  # one direction, of one GPU
    hop_s: float
    share: float = 0.9  # of the line rate that data gets: assumed

    def all_reduce_s(self, size, ranks):
        """The better of a ring and a tree, whose levels cost more and which moves a tenth less (as in NCCL)."""
        if ranks == 1:
            return 0.0
        rate = self.bytes_per_s * self.share
        ring = 2 * (ranks - 1) * (self.hop_s + size / ranks / rate)
        tree = 2 * math.ceil(math.log2(ranks)) * 5 * self.hop_s + 2 * size / (0.9 * rate)
        return min(ring, tree)


NVLINK = Link(450e9, 3.4e-6)
NDR = Link(50e9, 9.6e-6)
ETHERNET_25 = Link(25e9 / 8, 30e-6)
NODE = 8


def nvlink_nodes(size, ranks):
    """Nodes of 8 GPUs: summed by parts inside, each GPU's part between nodes over its own port, gathered inside."""
    inside = NVLINK.all_reduce_s(size, min(ranks, NODE))
    return inside + NDR.all_reduce_s(size / NODE, ranks // NODE) if ranks > NODE else inside


NETWORKS = {
    "NVLink nodes of 8, NDR ports": nvlink_nodes,
    "InfiniBand NDR": NDR.all_reduce_s,
    "25 GbE": ETHERNET_25.all_reduce_s,
}


def resnet18():
    """(values, multiplications) of each layer at 224 px with two classes, in forward order; no work of BatchNorm's."""
    layers = []

    def convolution(inputs, outputs, kernel, px):
        weights = inputs * outputs * kernel**2
        layers.append((weights + 2 * outputs, weights * px**2))  # with the BatchNorm behind it

    convolution(3, 64, 7, 112)
    inputs = 64
    for outputs, px in (64, 56), (128, 28), (256, 14), (512, 7):
        for block in range(2):
            convolution(inputs, outputs, 3, px)
            convolution(outputs, outputs, 3, px)
            if inputs != outputs:
                convolution(inputs, outputs, 1, px)
            inputs = outputs
    layers.append((512 * 2 + 2, 512 * 2))
    assert sum(values for values, _ in layers) == 11_177_538
    return layers


def buckets(value_bytes):
    """(bytes, share of backward after which it may travel), cut as dist/bucket_plan.cc does."""
    layers = resnet18()[::-1]
    total = sum(work for _, work in layers)
    cut, values, done = [], 0, 0
    for count, work in layers:
        values += count
        done += work
        if values * 8 >= BUCKET_BYTES:
            cut.append((values * value_bytes, done / total))
            values = 0
    return cut + [(values * value_bytes, 1.0)]  # the last takes the control words along, when all is over


def exposed_s(backward_s, value_bytes, all_reduce_s):
    """With overlap: buckets travel in turn, each when backward has filled it; what ends after backward is exposed."""
    free = 0.0
    for size, ready in buckets(value_bytes):
        free = max(free, ready * backward_s) + all_reduce_s(size)
    return max(0.0, free - backward_s)


def whole_s(value_bytes, all_reduce_s):
    return sum(all_reduce_s(size) for size, _ in buckets(value_bytes))


def efficiencies(network, ranks, images, images_per_s, value_bytes):
    """Without and with overlap. Only the last microbatch's backward hides anything: until then no bucket is full."""
    compute = images / images_per_s
    backward = BACKWARD * min(images, MICROBATCH) / images_per_s

    def reduce(size):
        return network(size, ranks)

    waits = (whole_s(value_bytes, reduce), exposed_s(backward, value_bytes, reduce))
    return [compute / (compute + waited) for waited in waits]


def print_table(rows, first):
    print(f"| {first} | " + " | ".join(NETWORKS) + " |")
    print("|---" * (len(NETWORKS) + 1) + "|")
    for name, values in rows:
        cells = (" → ".join(f"{100 * value:.1f}" for value in values(network)) for network in NETWORKS.values())
        print(f"| {name} | " + " | ".join(cells) + " |")


def print_prediction(options):
    def at(ranks, images=options.images, speed=options.images_per_s, value_bytes=options.value_bytes):
        return lambda network: efficiencies(network, ranks, images, speed, value_bytes)

    print_table([(f"{ranks:,}", at(ranks)) for ranks in GPUS], "GPUs")
    print()
    most = GPUS[-1]
    print_table([
        (f"{MICROBATCH} images a GPU", at(most, images=MICROBATCH)),
        ("1,024 images a GPU", at(most, images=1024)),
        ("float sums (4 bytes a value)", at(most, value_bytes=4)),
        ("a GPU four times as fast", at(most, speed=4 * options.images_per_s)),
        ("our CPU: 32 images in 2.6 s", at(most, images=32, speed=32 / 2.64)),
    ], f"{most:,} GPUs, but")


def print_check(file):
    """Prediction from the line rate and the measured compute time, beside the measured waits."""
    with open(file) as text:
        measured = json.load(text)
    ranks, link = measured["ranks"], Link(measured["gbit"] * 1e9 / 8, 50e-6)

    def reduce(size):
        return link.all_reduce_s(size, ranks)

    backward = measured["off"]["backward"] / 1e3
    print(f"| {measured['gbit']} Gbit/s, {ranks} ranks | predicted ms | measured ms |\n|---|---|---|")
    for seconds, name, value in (
        (whole_s(8, reduce), "exposed without overlap", measured["off"]["exposed"]),
        (exposed_s(backward, 8, reduce), "exposed with overlap", measured["on"]["exposed"]),
    ):
        print(f"| {name} | {1e3 * seconds:.0f} | {value:.0f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--images-per-s", type=float, default=IMAGES_PER_S, help="that one GPU trains alone")
    parser.add_argument("--images", type=int, default=256, help="a GPU takes in a step")
    parser.add_argument("--value-bytes", type=int, default=8, choices=(8, 4), help="8: fixed point, 4: float")
    parser.add_argument("--check", metavar="FILE")
    options = parser.parse_args()
    print_check(options.check) if options.check else print_prediction(options)


if __name__ == "__main__":
    main()
