"""What SciPy, scikit-learn and the definitions say of calibration, for calibration_test and its neighbours.

usage: calibration_reference.py fit | bounds | percentiles | intervals     (text that the tests parse)
"""
import sys

import numpy as np


def softplus(x):
    return np.logaddexp(0, x)


def ece(p, y):
    bins = np.minimum((p * 15).astype(int), 14)
    return sum(np.sum(bins == b) / len(y) * abs(p[bins == b].mean() - y[bins == b].mean()) for b in set(bins))


def cllr(llr, y):
    return (np.mean(softplus(-llr[y == 1])) + np.mean(softplus(llr[y == 0]))) / (2 * np.log(2))


def fit():
    from scipy.optimize import minimize
    from sklearn.calibration import _SigmoidCalibration
    generator = np.random.default_rng(3)
    for n, share, slope, gap in [(40, 0.5, 1.0, 1.0), (300, 0.8, 3.0, 0.7), (1000, 0.1, 0.4, 1.5), (30, 0.5, 2.0, 40.0),
                                 (200, 0.3, 8.0, 3.0)]:
        y = (np.arange(n) < share * n).astype(int)
        generator.shuffle(y)
        scores = 1 / (1 + np.exp(-slope * (gap * (y - 0.5) + generator.normal(size=n)) - 0.5))
        held = np.clip(scores, 1e-7, 1 - 1e-7)
        x = np.log(held) - np.log1p(-held)
        fakes, reals = int(y.sum()), int(n - y.sum())
        target = np.where(y == 1, (fakes + 1) / (fakes + 2), 1 / (reals + 2))
        loss = lambda line: np.sum(softplus(line[0] * x + line[1]) - target * (line[0] * x + line[1]))
        best = minimize(loss, [0.0, 0.0], method="BFGS", options={"gtol": 1e-9})
        a, b = minimize(loss, best.x, method="Nelder-Mead",
                        options={"xatol": 1e-11, "fatol": 1e-14, "maxiter": 4000}).x
        sklearn = _SigmoidCalibration().fit(x, y)  # p = 1 / (1 + exp(a x + b))
        p = 1 / (1 + np.exp(-(a * x + b)))
        prior = np.log(fakes / reals)
        numbers = [*scores, 1 / a, b, -1 / sklearn.a_, -sklearn.b_, ece(scores, y), ece(p, y), cllr(x - prior, y),
                   cllr(a * x + b - prior, y)]
        print(n, *y, *[repr(float(number)) for number in numbers])


def bounds():
    from scipy.stats import beta
    for n in (1, 2, 5, 30, 299, 300, 5000):
        for found in sorted(found for found in {0, 1, n // 100, n // 5, n - 1} if found < n):
            print(found, n, repr(float(beta.ppf(0.95, found + 1, n - found))))


def percentiles():
    """The intervals of the sums that bootstrap_test takes of five resamples' counts, which stand in the arguments."""
    values = [float(value) for value in sys.argv[2:]]
    print(*[repr(float(v)) for v in np.percentile(values, [2.5, 97.5])])


def intervals():
    """Intervals of 95% by SciPy's bootstrap over people with two to four videos: how many of both, person, label and
    score of each video, then the ends for AUC, calibration error and Cllr as they are defined."""
    from scipy.stats import bootstrap
    generator = np.random.default_rng(8)
    people, of, y, x = 60, [], [], []
    for person in range(people):
        own = generator.normal()
        for video in range(2 + person % 3):
            of.append(person)
            y.append(video % 2)
            x.append(own + 1.5 * (video % 2) - 0.7 + 0.8 * generator.normal())
    of, y, scores = np.array(of), np.array(y), 1 / (1 + np.exp(-2 * np.array(x)))
    llr = np.log(scores) - np.log1p(-scores) - np.log(y.sum() / (len(y) - y.sum()))
    gap = (scores - y) / len(y)
    bins = np.minimum((scores * 15).astype(int), 14)
    videos = [np.flatnonzero(of == person) for person in range(people)]
    auc = lambda i: np.mean(scores[i[y[i] == 1]][:, None] > scores[i[y[i] == 0]][None, :])
    error = lambda i: np.abs(np.bincount(bins[i], gap[i])).sum() * len(y) / len(i)
    cost = lambda i: cllr(llr[i], y[i])
    assert abs(error(np.arange(len(y))) - ece(scores, y)) < 1e-12
    print(len(y), people, *of, *y, *[repr(float(score)) for score in scores])
    for statistic in (auc, error, cost):
        of_people = lambda drawn: statistic(np.concatenate([videos[person] for person in drawn]))
        found = bootstrap((np.arange(people),), of_people, vectorized=False, method="percentile", n_resamples=2000,
                          random_state=np.random.default_rng(9))
        low, high = found.confidence_interval
        if statistic is error:  # see calibration_error_interval
            measured, mean = error(np.arange(len(y))), found.bootstrap_distribution.mean()
            low, high = (measured - (mean - measured) * (1 + np.sqrt(2)) - (high - mean), 2 * measured - low)
        print(repr(float(low)), repr(float(high)))


{"fit": fit, "bounds": bounds, "percentiles": percentiles, "intervals": intervals}[sys.argv[1]]()
