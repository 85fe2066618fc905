#!/usr/bin/env python3
"""Can trivial features tell real from fake? They should not: then what a detector learns is the blend.

probe_shortcuts.py DATASETS [--limit 0.65]: for each <name>_deepfake in DATASETS, logistic regression on each group of
features of the frames, fitted on split train, scored on split val; prints the AUCs, by frame and by video.
Exit code 1 if one reaches the limit.
"""

import argparse
import pathlib
import sys

import numpy as np
from PIL import Image, ImageFilter
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

# The part of the frame that no blend reaches, as shares of its side: all but the middle.
FACE = (0.2, 0.12, 0.8, 0.92)
GROUPS = {
    "file size": ["file_bytes", "bytes_per_pixel"],
    "image size": ["width", "height"],
    "JPEG table": ["table_mean"],
    "mean colour": ["red", "green", "blue"],
    "brightness, contrast": ["brightness", "contrast"],
    "border sharpness": ["border_sharpness"],
    "sharpness": ["sharpness"],
}


def features(file):
    image = Image.open(file)
    tables = getattr(image, "quantization", {})
    rgb = np.asarray(image.convert("RGB"), dtype=np.float64)
    grey = image.convert("L")
    height, width = rgb.shape[:2]
    edges = np.abs(np.asarray(grey, np.float64) - np.asarray(grey.filter(ImageFilter.BoxBlur(1)), np.float64))
    outside = np.ones((height, width), bool)
    outside[int(FACE[1] * height):int(FACE[3] * height), int(FACE[0] * width):int(FACE[2] * width)] = False
    red, green, blue = rgb.mean(axis=(0, 1))
    size = file.stat().st_size
    return {"file_bytes": size, "bytes_per_pixel": size / (width * height), "width": width, "height": height,
            "table_mean": np.mean([np.mean(t) for t in tables.values()]) if tables else 0,
            "red": red, "green": green, "blue": blue, "brightness": rgb.mean(), "contrast": np.asarray(grey).std(),
            "border_sharpness": edges[outside].mean(), "sharpness": edges.mean()}


def read_split(folder):
    rows, labels, videos = [], [], []
    for label, name in enumerate(["real", "fake"]):
        for file in sorted((folder / name / "frames").iterdir()):
            rows.append(features(file))
            labels.append(label)
            videos.append(f"{name}/{file.stem.rpartition('_')[0]}")
    return rows, np.array(labels), np.array(videos)


def video_auc(labels, scores, videos):
    names, index = np.unique(videos, return_inverse=True)
    counts = np.bincount(index)
    return roc_auc_score(np.bincount(index, labels) / counts > 0.5, np.bincount(index, scores) / counts), len(names)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("datasets", type=pathlib.Path)
    parser.add_argument("--limit", type=float, default=0.65)
    options = parser.parse_args()
    folders = sorted(options.datasets.glob("*_deepfake"))
    if not folders:
        parser.error(f"{options.datasets}: holds no <name>_deepfake")
    worst = 0.5
    print(f"{'dataset':16}{'features':24}{'frame AUC':>10}{'video AUC':>10}")
    for folder in folders:
        train, train_labels, _ = read_split(folder)
        val, val_labels, val_videos = read_split(folder / "val")
        for group, names in {**GROUPS, "all": sum(GROUPS.values(), [])}.items():
            table = [np.array([[row[n] for n in names] for row in rows]) for rows in (train, val)]
            model = make_pipeline(StandardScaler(), PolynomialFeatures(1 if group == "all" else 2), StandardScaler(),
                                  LogisticRegression(C=1.0, max_iter=5000))
            model.fit(table[0], train_labels)
            scores = model.predict_proba(table[1])[:, 1]
            frame = roc_auc_score(val_labels, scores)
            video, videos = video_auc(val_labels, scores, val_videos)
            worst = max(worst, frame, video)  # below 0.5 nothing was learned that holds
            print(f"{folder.name.removesuffix('_deepfake'):16}{group:24}{frame:10.3f}{video:10.3f}")
        print(f"{'':16}{len(val_labels)} frames, {videos} videos of split val")
    print(f"highest: {worst:.3f}, limit {options.limit}")
    return 0 if worst < options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
