"""What scikit-learn and SciPy say of the curves of drawn scores, for detection_curves_test.

Prints for each draw: n, labels, scores; ROC (count, false positive rates, true positive rates, thresholds); detection
error (count, false positive rates, false negative rates, thresholds); reliability of 15 bins (count, shares of fakes,
means), of each bin the ends of Wilson's interval; and at 0.4: true negatives, false positives, false negatives, true
positives.
"""
import numpy as np
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, det_curve, roc_curve

generator = np.random.default_rng(5)


def show(*numbers):
    print(*[repr(float(number)) for number in numbers])


for n, share, digits in [(30, 0.5, 17), (200, 0.1, 17), (500, 0.5, 2), (6000, 0.7, 17), (6000, 0.5, 3)]:
    y = (generator.random(n) < share).astype(int)
    y[:2] = 0, 1
    scores = np.round(1 / (1 + np.exp(-(2 * (y - 0.5) + generator.normal(size=n)))), digits)
    print(n)
    show(*y)
    show(*scores)
    for columns in (roc_curve(y, scores, drop_intermediate=False), det_curve(y, scores)):
        print(len(columns[0]))
        for column in columns:
            show(*column)
    shares, means = calibration_curve(y, scores, n_bins=15, strategy="uniform")
    print(len(shares))
    show(*shares)
    show(*means)
    bins = np.clip(np.searchsorted(np.linspace(0, 1, 16)[1:-1], scores), 0, 14)  # as calibration_curve has them
    for each in sorted(set(bins)):
        ends = binomtest(int(y[bins == each].sum()), int((bins == each).sum())).proportion_ci(method="wilson")
        show(ends.low, ends.high)
    show(*confusion_matrix(y, scores > 0.4).ravel())
