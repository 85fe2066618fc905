# The similarity that brings five points nearest to ArcFace's places in a crop with a margin, by NumPy's least squares
# over its four numbers. Prints one line a case: ten coordinates, crop_px, scale, then a, b, dx, dy.
import numpy

ARCFACE = numpy.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
                       [70.7299, 92.2041]])
random = numpy.random.default_rng(7)

for case in range(60):
    crop_px, scale = [(256, 1.3), (112, 1.0), (224, 1.7)][case % 3]
    angle, size = random.uniform(-numpy.pi, numpy.pi), random.uniform(0.2, 9)
    turn = size * numpy.array([[numpy.cos(angle), -numpy.sin(angle)], [numpy.sin(angle), numpy.cos(angle)]])
    points = ARCFACE @ turn.T + random.uniform(-300, 1500, 2) + random.normal(0, 4 * size, (5, 2))
    margin = crop_px * (scale - 1) / 2
    places = (ARCFACE * crop_px / 112 + margin) * crop_px / (crop_px + 2 * margin)
    rows, values = [], []
    for (x, y), (u, v) in zip(points, places):
        rows += [[x, -y, 1, 0], [y, x, 0, 1]]
        values += [u, v]
    solved = numpy.linalg.lstsq(numpy.array(rows), numpy.array(values), rcond=None)[0]
    print(*(repr(float(value)) for value in points.ravel()), crop_px, scale, *(repr(float(v)) for v in solved))
