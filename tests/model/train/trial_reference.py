"""Short trials by an implementation that shares nothing with unmask: PyTorch in double, torchvision's resnet18,
scikit-learn's metrics, and from docs/formats.md alone the crop stores, the random numbers, order, subset, first
weights, dropout, augmentation (where nothing is resampled), microbatches, and what is scored.

usage: trial_reference.py CASE…     for trial_reference_test.cc

CASE/case.json holds a trial's options; beside it lie what unmask made of it: first.safetensors (the checkpoint after
one step), losses.json (of every step), metrics.csv, test.csv, best.safetensors. Prints JSON, {CASE: {what: how far it
is from the reference}}; "faults" has how far a first step with a mistake that a trainer could make is from a right one.
"""
import copy
import csv
import ctypes
import fractions
import json
import math
import pathlib
import struct
import sys

import numpy
import torch
import torchvision
from safetensors.torch import load_file
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

MASK = numpy.uint64(0xFFFFFFFF)
ORDER, SUBSET, AUGMENT, DROPOUT, INIT, PERMUTE = 1, 2, 3, 4, 5, 9
MEAN, DEVIATION = numpy.array([0.485, 0.456, 0.406]), numpy.array([0.229, 0.224, 0.225])


def words(count, seed, purpose, a=0, b=0, layer=0):
    """The first `count` words of a stream of Philox4x32-10."""
    def constant(value):
        return numpy.uint64(value & 0xFFFFFFFF)

    blocks = numpy.arange((count + 3) // 4, dtype=numpy.uint64)
    c = [blocks] + [numpy.full_like(blocks, constant(word)) for word in (purpose * 2**24 + layer, b, a)]
    k = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        left, right = c[0] * constant(0xD2511F53), c[2] * constant(0xCD9E8D57)
        c = [(right >> numpy.uint64(32)) ^ c[1] ^ constant(k[0]), right & MASK,
             (left >> numpy.uint64(32)) ^ c[3] ^ constant(k[1]), left & MASK]
        k = [k[0] + 0x9E3779B9, k[1] + 0xBB67AE85]
    return numpy.stack(c, axis=1).reshape(-1)[:count]


def uniforms(*stream):
    return (words(*stream) >> numpy.uint64(8)).astype(numpy.float64) / 2**24


def shuffled(values, *stream):
    values, draws = list(values), words(len(values), *stream)
    for i in range(len(values), 1, -1):
        j = int(draws[len(values) - i]) * i >> 32
        values[i - 1], values[j] = values[j], values[i - 1]
    return values


class Store:
    def __init__(self, file):
        data = file.read_bytes()
        px, encoding, rows = struct.unpack_from("<IIQ", data, 16)
        index, index_bytes, strings, _, count = struct.unpack_from("<5Q", data, 40)
        begins = struct.unpack_from(f"<{count + 1}I", data, strings)
        text = strings + 4 * (count + 1)
        word = [data[text + a:text + b].decode() for a, b in zip(begins, begins[1:])]
        assert data[:8] == b"UNMASKCS" and encoding == 0
        self.crops, self.labels, self.videos = [], [], []
        for row in range(rows):
            at = index + index_bytes // rows * row
            if data[at + 30]:
                continue  # no crop
            offset, size = struct.unpack_from("<QQ", data, at)
            self.crops.append(numpy.frombuffer(data, numpy.uint8, size, offset).reshape(px, px, 3))
            self.labels.append(data[at + 28])
            self.videos.append(tuple(word[i] for i in struct.unpack_from("<4I", data, at + 48)))


class Samples:
    def __init__(self, case, datasets, split):
        stores = [Store(pathlib.Path(case["stores"]) / name / f"{split}.crops") for name in datasets]
        self.crops = [crop for store in stores for crop in store.crops]
        self.labels = [label for store in stores for label in store.labels]
        self.videos = [video for store in stores for video in store.videos]


def augmented(crop, options, seed, epoch, slot):
    """Only flip, jitter and erasing: the case must leave the rest without effect."""
    px = len(crop)
    u = uniforms(20, seed, AUGMENT, epoch, slot)
    image = crop.astype(numpy.float64)
    if u[0] < options["flip"]:
        image = image[:, ::-1]

    def factor(draw, name):
        return 1 - options[name] + 2 * options[name] * u[draw]

    def grey(of):
        return of @ numpy.array([0.299, 0.587, 0.114])

    image = numpy.clip(image * factor(12, "brightness"), 0, 255)
    mean = grey(image).mean()
    image = numpy.clip(mean + (image - mean) * factor(13, "contrast"), 0, 255)
    of = grey(image)[:, :, None]
    image = numpy.clip(of + (image - of) * factor(14, "saturation"), 0, 255)
    if u[15] < options["erase"]:
        area = (0.02 + (0.16 - 0.02) * u[16]) * px**2
        ratio = math.exp(math.log(0.3) + (math.log(1.6) - math.log(0.3)) * u[17])
        height, width = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        places = words(20, seed, AUGMENT, epoch, slot)
        y, x = int(places[18]) * (px - height + 1) >> 32, int(places[19]) * (px - width + 1) >> 32
        image = image.copy()
        image[y:y + height, x:x + width] = 0
    return image


def images_of(crops):
    pixels = numpy.stack([(crop / 255 - MEAN) / DEVIATION for crop in crops])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


class Network(torch.nn.Module):
    """torchvision's body in double and one of the two heads, with the first weights that are drawn by name."""

    def __init__(self, case):
        super().__init__()
        self.case = case
        self.body = torchvision.models.resnet18()
        self.body.fc = torch.nn.Linear(512, 2) if case["head"] == "linear" else torch.nn.Sequential(
            torch.nn.Identity(), torch.nn.Linear(512, 256), torch.nn.ReLU(), torch.nn.BatchNorm1d(256),
            torch.nn.Identity(), torch.nn.Linear(256, 2))
        digest64 = ctypes.CDLL("libxxhash.so.0").XXH3_64bits
        digest64.restype, digest64.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
        fan_in = 0
        for name, parameter in self.body.named_parameters():
            n, stream = parameter.numel(), (case["seed"], INIT, digest64(name.encode(), len(name)) >> 32)
            if parameter.dim() == 4:
                out, _, height, width = parameter.shape
                pairs = uniforms(n + n % 2, *stream).reshape(-1, 2)
                radius, angle = numpy.sqrt(-2 * numpy.log1p(-pairs[:, 0])), 2 * math.pi * pairs[:, 1]
                normal = numpy.stack([radius * numpy.cos(angle), radius * numpy.sin(angle)], axis=1)
                values = normal.reshape(-1)[:n] * math.sqrt(2 / (out * height * width))
            elif name in ("fc.weight", "fc.bias") or name.startswith(("fc.1.", "fc.5.")):
                fan_in = parameter.shape[1] if parameter.dim() == 2 else fan_in
                values = (2 * uniforms(n, *stream) - 1) / math.sqrt(fan_in)
            else:
                continue  # batch norms: one and zero, as torchvision has them
            # Weights are kept in single precision: the first ones are those numbers.
            parameter.data = torch.from_numpy(values.astype(numpy.float32)).reshape(parameter.shape)
        self.double()

    def forward(self, images, step=0, slots=None):
        """`slots` in the global batch: with their dropout."""
        head, body = self.body.fc, self.body
        body.fc = torch.nn.Identity()
        features = body(images)
        body.fc = head
        if self.case["head"] == "linear":
            return head(self.dropped(features, step, slots, 0))
        _, first, relu, norm, _, last = head
        return last(self.dropped(norm(relu(first(self.dropped(features, step, slots, 0)))), step, slots, 1))

    def dropped(self, x, step, slots, layer):
        p = self.case["dropout"]
        if slots is None or p == 0:
            return x
        kept = numpy.stack([uniforms(x.shape[1], self.case["seed"], DROPOUT, step, slot, layer) >= p for slot in slots])
        return x * torch.from_numpy(kept) / (1 - p)

    def running(self):
        return {name: value for name, value in self.body.named_buffers() if "running" in name}

    def weights(self):
        return {name: value.detach() for name, value in self.body.named_parameters()}


class Trial:
    def __init__(self, case, fault="", network=None):
        self.case, self.fault, self.step = case, fault, 0
        seed = case["seed"]
        self.train = Samples(case, case["train"], "train")
        if case["permute_labels"] and fault != "labels not permuted":
            self.train.labels = shuffled(self.train.labels, seed, PERMUTE)
        everything = range(len(self.train.crops))
        kept = math.ceil(fractions.Fraction(str(case["sample_ratio"])) * len(everything))
        self.subset = sorted(shuffled(everything, seed, SUBSET)[:kept])
        self.steps_per_epoch = math.ceil(kept / case["batch"])
        self.steps = self.steps_per_epoch * case["epochs"]
        self.class_weights = torch.ones(2, dtype=torch.float64)
        if case["balance"] == "class_weights":
            labels = [self.train.labels[i] for i in self.subset]
            self.class_weights = torch.tensor([kept / (2 * labels.count(label)) for label in (0, 1)]).double()
        if fault == "class weights swapped":
            self.class_weights = self.class_weights.flip(0)
        fixed = shuffled(self.subset, seed, ORDER, 0xFFFFFFFF)
        self.fixed = fixed[:min(case["score_train_crops"], max(1, kept // 10))]
        self.network = copy.deepcopy(network) if network else Network(case)
        self.adam = torch.optim.Adam(self.network.parameters(), lr=case["max_lr"], weight_decay=case["weight_decay"])
        self.schedule = None
        if case["schedule"] == "one_cycle":
            self.schedule = torch.optim.lr_scheduler.OneCycleLR(
                self.adam, case["max_lr"], total_steps=self.steps, pct_start=case["pct_start"], cycle_momentum=False)

    def microbatches(self, samples):
        size = self.case["microbatch"] or samples
        begins = list(range(0, samples, size))
        if len(begins) > 1 and samples - begins[-1] < 2:
            begins.pop()  # a sample alone joins those before it
        return list(zip(begins, begins[1:] + [samples]))

    def one_step(self):
        case, network, epoch = self.case, self.network, self.step // self.steps_per_epoch
        first = self.step % self.steps_per_epoch * case["batch"]
        order = shuffled(self.subset, case["seed"], ORDER, epoch)[first:first + case["batch"]]
        crops = [self.train.crops[sample] for sample in order]
        if case["augment"]["enabled"]:
            crops = [augmented(crop, case["augment"], case["seed"], epoch, first + i) for i, crop in enumerate(crops)]
        images, labels = images_of(crops), torch.tensor([self.train.labels[sample] for sample in order])
        before = {name: value.clone() for name, value in network.running().items()}
        after = {name: torch.zeros_like(value) for name, value in before.items()}
        network.train()
        self.adam.zero_grad()
        total, cuts = 0.0, self.microbatches(len(order))
        for begin, end in cuts:
            for name, value in network.running().items():
                value.copy_(before[name])
            slots = [0] * (end - begin) if self.fault == "dropout slot always 0" else range(begin, end)
            logits, of = network(images[begin:end], self.step, slots), labels[begin:end]
            losses = torch.nn.functional.cross_entropy(logits, of, reduction="none") * self.class_weights[of]
            mean_of_means = self.fault == "loss a mean of microbatch means"
            loss = losses.mean() / len(cuts) if mean_of_means else losses.sum() / len(order)
            loss.backward()
            total += loss.item()
            for name, value in network.running().items():
                after[name] += value * (end - begin) / len(order)
        for name, value in network.running().items():
            value.copy_(after[name] * (0.5 if self.fault == "running statistics x 0.5" else 1))
        self.rate = self.adam.param_groups[0]["lr"]
        self.adam.step()
        self.step += 1
        if self.schedule and self.step < self.steps:
            self.schedule.step()
        return total

    def moments(self):
        return {name: self.adam.state[parameter]["exp_avg"] for name, parameter in self.network.body.named_parameters()}

    def scored(self, samples, wanted):
        """Fake probabilities and losses, without dropout."""
        self.network.eval()
        with torch.no_grad():
            logits = self.network(images_of([samples.crops[i] for i in wanted]))
        labels = torch.tensor([samples.labels[i] for i in wanted])
        losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        return torch.softmax(logits, 1)[:, 1].tolist(), losses.tolist()

    def row(self, margins):
        """The epoch's line of metrics.csv, by column."""
        row = {"epoch": self.step // self.steps_per_epoch, "step": self.step, "lr": self.rate}
        probabilities, losses = self.scored(self.train, self.fixed)
        row["train_loss"] = numpy.mean(losses)
        labels = [self.train.labels[i] for i in self.fixed]
        row["train_accuracy"] = numpy.mean([(p > 0.5) == label for p, label in zip(probabilities, labels)])
        margins += [abs(p - 0.5) for p in probabilities]
        for dataset in self.case["val"]:
            row |= {f"{dataset}.{name}": value for name, value in self.dataset_row(dataset, "val", margins).items()}
        return row

    def dataset_row(self, dataset, split, margins):
        samples = Samples(self.case, [dataset], split)
        probabilities, losses = self.scored(samples, range(len(samples.crops)))
        called = [p > 0.5 for p in probabilities]
        videos = {}
        for video, label, p in zip(samples.videos, samples.labels, probabilities):
            videos.setdefault(video, (label, []))[1].append(p)
        by_video = [(label, numpy.mean(of)) for label, of in videos.values()]
        margins += [abs(p - 0.5) for p in probabilities]
        for scores in (list(zip(samples.labels, probabilities)), by_video):
            margins += [abs(fake - real) for label, fake in scores if label for other, real in scores if not other]
        return {"loss": numpy.mean(losses), "frame_accuracy": numpy.mean(numpy.equal(called, samples.labels)),
                "balanced_accuracy": balanced_accuracy_score(samples.labels, called),
                "frame_auc": roc_auc_score(samples.labels, probabilities), "video_auc": roc_auc_score(*zip(*by_video))}


def distance(got, wanted, start=None):
    """Of all tensors together, as a share of the reference's size, or of its way from `start`."""
    away = sum(((got[name].double() - value) ** 2).sum() for name, value in wanted.items())
    size = sum(((value - start[name] if start else value) ** 2).sum() for name, value in wanted.items())
    return math.sqrt(away / size)


def tensors(file, prefix, names):
    return {name: file[prefix + name] for name in names}


def compared(text, rows):
    """The largest difference of a number, and the first count, rate or rank score that isn't the same."""
    largest, other = 0.0, ""
    lines = list(csv.DictReader(text.splitlines()))
    if len(lines) != len(rows) or any(list(line) != list(row) for line, row in zip(lines, rows)):
        return math.inf, f"other columns or lines: {text}"
    for number, (line, row) in enumerate(zip(lines, rows)):
        for column, wanted in row.items():
            if column.endswith("loss"):
                largest = max(largest, abs(float(line[column]) - wanted))
            elif line[column] != wanted and not math.isclose(float(line[column]), wanted, rel_tol=1e-12):
                other = other or f"line {number + 1}: {column} is {line[column]}, wanted {wanted}"
    return largest, other


FAULTS = {"linear": ["class weights swapped", "loss a mean of microbatch means"],
          "hidden": ["labels not permuted", "dropout slot always 0", "running statistics x 0.5"]}


def judged(folder):
    case = json.loads((folder / "case.json").read_text())
    trial, margins, losses, rows, kept = Trial(case), [], [], [], []
    drawn = copy.deepcopy(trial.network)
    start = {name: value.clone() for name, value in trial.network.weights().items()}
    first = load_file(folder / "first.safetensors")
    report = {}
    while trial.step < trial.steps:
        losses.append(trial.one_step())
        if trial.step == 1:
            first_running = {name: value.clone() for name, value in trial.network.running().items()}
            first_moments = {name: value.clone() for name, value in trial.moments().items()}
            weights = trial.network.weights()
            report["gradients"] = distance(tensors(first, "adam.m.", first_moments), first_moments)
            report["first running"] = distance(tensors(first, "model.", first_running), first_running)
            report["first weights"] = distance(tensors(first, "model.", weights), weights, start)
        if trial.step % trial.steps_per_epoch == 0:
            rows.append(trial.row(margins))
            both = {**trial.network.weights(), **trial.network.running()}
            kept.append({name: value.clone() for name, value in both.items()})
    ours = json.loads((folder / "losses.json").read_text())
    report["first loss"], report["losses"] = abs(ours[0] - losses[0]), max(
        abs(a - b) for a, b in zip(ours, losses, strict=True))
    report["metrics"], report["other metrics"] = compared((folder / "metrics.csv").read_text(), rows)

    def rank(i):
        chosen, loss = (numpy.mean([rows[i][f"{dataset}.{name}"] for dataset in case["train"]])
                        for name in (case["select"], "loss"))
        return chosen if case["select"] == "loss" else -chosen, loss, i

    best = min(range(len(rows)), key=rank)
    model = load_file(folder / "best.safetensors")
    running = {name: value for name, value in kept[best].items() if "running" in name}
    report["best running"] = distance(model, running)
    report["best weights"] = distance(model, {name: kept[best][name] for name in start}, start)
    trial.network.body.load_state_dict(kept[best], strict=False)
    test = [{"dataset": dataset, **trial.dataset_row(dataset, "test", margins)} for dataset in case["test"]]
    report["test"], report["other test"] = compared((folder / "test.csv").read_text(), test)
    report["margin"] = min(margins)
    report["faults"] = {}
    for fault in FAULTS[case["head"]]:
        wrong = Trial(case, fault, drawn)
        report["faults"][fault] = {"loss": abs(wrong.one_step() - losses[0]),
                                   "running": distance(wrong.network.running(), first_running),
                                   "gradients": distance(wrong.moments(), first_moments)}
    return report


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps({pathlib.Path(case).name: judged(pathlib.Path(case)) for case in sys.argv[1:]}))
