#!/usr/bin/env python3
"""Golden values of logistic_fit_test.cc and shortcut_probe_test.cc, by scikit-learn: python3 logistic_reference.py"""
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler


def rows(count, columns):
    """What the tests' rows_of gives: a congruential sequence, the first column tells the label a little."""
    state, made, labels = 12345, [], []
    for i in range(count):
        labels.append(1 if i % 3 == 0 else 0)
        row = []
        for k in range(columns):
            state = (state * 1103515245 + 12345) % 2**31
            row.append(state % 1000 / 100 + (2.5 * labels[-1] if k == 0 else 0))
        made.append(row)
    return np.array(made), np.array(labels)


def model(degree):
    return make_pipeline(StandardScaler(), PolynomialFeatures(degree), StandardScaler(),
                         LogisticRegression(C=1.0, tol=1e-12, max_iter=100000))


for degree in (1, 2):
    table, labels = rows(60, 3)
    scores = model(degree).fit(table, labels).decision_function(table)
    print(f"degree {degree}:", [round(float(score), 8) for score in scores[:4]])

# Labels apart by the first column alone: the penalty keeps the weights finite.
table, labels = rows(60, 2)
table[:, 0] = labels * 5 + np.arange(60) / 100
scores = model(2).fit(table, labels).decision_function(table)
print("apart:", [round(float(score), 8) for score in scores[:4]])

table, labels = rows(60, 3)
print("AUC of the first column:", repr(float(roc_auc_score(labels, np.round(table[:, 0])))))
times = np.arange(60) % 4
print("weighted:", repr(float(roc_auc_score(labels, np.round(table[:, 0]), sample_weight=times))))

# The folds of shortcut_probe_test.cc: videos i = 0 … are dealt out by hand there, so only the interval is compared,
# with DeLong's standard error of the AUC of the scores that the test prints.
table, labels = rows(400, 1)
score = table[:, 0]
real, fake = score[labels == 0], score[labels == 1]
wins = (fake[:, None] > real[None, :]) + 0.5 * (fake[:, None] == real[None, :])
error = np.sqrt(wins.mean(1).var(ddof=1) / len(fake) + wins.mean(0).var(ddof=1) / len(real))
print("DeLong:", repr(float(wins.mean())), repr(float(error)))
