"""What scikit-learn makes of features, and SciPy of crops, for feature_gaussian_test.cc and sharpness_test.cc.

    familiarity_reference.py gaussian ROWS.f32 P OUT.safetensors   mean, covariance, shrinkage, distances [n]
    familiarity_reference.py sharpness CROPS.u8 PX                 prints a number a crop
"""
import sys

import numpy as np


def gaussian(rows, p, target):
    import safetensors.numpy
    from sklearn.covariance import LedoitWolf
    features = np.fromfile(rows, np.float32).reshape(-1, int(p)).astype(np.float64)
    fitted = LedoitWolf().fit(features)
    safetensors.numpy.save_file({"mean": fitted.location_, "covariance": fitted.covariance_,
                                 "shrinkage": np.array([fitted.shrinkage_]),
                                 "distances": np.sqrt(fitted.mahalanobis(features))}, target)


def sharpness(crops, px):
    from scipy.ndimage import laplace
    for rgb in np.fromfile(crops, np.uint8).reshape(-1, int(px), int(px), 3).astype(np.float64):
        luma = rgb @ np.array([0.299, 0.587, 0.114])
        print(repr(float(laplace(luma)[1:-1, 1:-1].var())))


if __name__ == "__main__":
    {"gaussian": gaussian, "sharpness": sharpness}[sys.argv[1]](*sys.argv[2:])
