"""Reference values from PyTorch and scikit-learn for learning_rate_test, optimizer_test and metrics_test.

usage: reference.py learning_rate | adam | metrics     (writes text that the tests parse to standard output)
"""
import random
import sys


def learning_rate():
    import torch
    for total, pct, max_lr in [(20, 0.3, 5e-5), (100, 0.45, 1e-3), (7, 0.5, 7e-5), (1000, 0.3, 3e-5), (3, 0.3, 1e-2)]:
        parameter = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.Adam([parameter], lr=max_lr)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, max_lr, total_steps=total, pct_start=pct, anneal_strategy="cos", cycle_momentum=False)
        for step in range(total):
            print(total, pct, repr(max_lr), step, repr(float(schedule.get_last_lr()[0])))
            optimizer.step()
            if step + 1 < total:
                schedule.step()


def adam():
    """Five updates of two tensors by torch.optim.Adam with L2; gradients are a formula that the test repeats."""
    import torch
    a = torch.nn.Parameter(torch.arange(37, dtype=torch.float32) / 10 - 1.5)
    b = torch.nn.Parameter(torch.arange(24, dtype=torch.float32).reshape(2, 3, 2, 2) / 7)
    optimizer = torch.optim.Adam([a, b], lr=1e-2, weight_decay=0.1)
    for step in range(5):
        for parameter in (a, b):
            index = torch.arange(parameter.numel(), dtype=torch.float32).reshape(parameter.shape)
            parameter.grad = torch.sin(index * 0.7 + step)
        optimizer.step()
    for parameter in (a, b):
        print(*[repr(float(v)) for v in parameter.detach().reshape(-1)])


def metrics():
    import numpy as np
    from sklearn.metrics import (accuracy_score, average_precision_score, balanced_accuracy_score, roc_auc_score,
                                 roc_curve)
    random.seed(5)
    for case in range(40):
        n = random.choice([2, 3, 10, 57, 400])
        labels = [0, 1] + [random.randint(0, 1) for _ in range(n - 2)]
        levels = random.choice([2, 5, 20, 10**6])  # few levels: many ties
        scores = [min(1.0, max(0.0, round((random.random() + 0.3 * label) / 1.3 * levels) / levels))
                  for label in labels]
        fpr, tpr, _ = roc_curve(labels, scores, drop_intermediate=False)
        gap = 1 - tpr - fpr  # falls from 1 to -1 along the curve
        i = int(np.argmax(gap <= 0))
        share = 0 if gap[i - 1] == gap[i] else gap[i - 1] / (gap[i - 1] - gap[i])
        eer = fpr[i - 1] + (fpr[i] - fpr[i - 1]) * share
        called = [int(s > 0.5) for s in scores]
        print(n, *labels, *[repr(s) for s in scores], repr(float(accuracy_score(labels, called))),
              repr(float(balanced_accuracy_score(labels, called))), repr(float(roc_auc_score(labels, scores))),
              repr(float(eer)), repr(float(average_precision_score(labels, scores))),
              *[repr(float(tpr[fpr <= rate][-1])) for rate in (0.01, 0.05)])


{"learning_rate": learning_rate, "adam": adam, "metrics": metrics}[sys.argv[1]]()
