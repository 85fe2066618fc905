"""torchvision's own numbers for the augmentation tests.

ranges N PX...         the least and largest value of each drawn parameter over N draws: "PX name least largest" a line
geometry               stdin: "px flipped angle scale has_perspective x0 y0 ... x3 y3" a line;
                       stdout: the 3 x 3 homography output pixel centre -> input position, composed of
                       torchvision's inverse affine matrix and perspective coefficients
compare [HOW FOLDER]... FOLDER/crops.u8 [n, px, px, 3], ours.f32 [n, px, px, 3], draws.txt (as geometry, then brightness
                       contrast saturation ex ey ew eh): "FOLDER mean largest" a picture, the absolute difference in
                       8-bit units to what torchvision makes of the same draws. HOW: rounded (8-bit pictures, as the
                       published training has them), exact (float pictures), normalised (ToTensor and Normalize alone)
"""
import sys

import numpy
import torch
from torchvision import transforms
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def ranges(count, px):
    torch.manual_seed(0)
    affine = transforms.RandomAffine(40, scale=(0.9, 1.1))
    jitter = transforms.ColorJitter(0.5, 0.5, 0.5)
    seen = {}

    def note(name, value):
        low, high = seen.get(name, (value, value))
        seen[name] = (min(low, value), max(high, value))

    picture = torch.zeros(3, px, px)
    for _ in range(count):
        angle, _, scale, shear = affine.get_params(affine.degrees, affine.translate, affine.scale, affine.shear,
                                                   [px, px])
        assert shear == (0.0, 0.0)
        note("angle", angle)
        note("scale", scale)
        _, ends = transforms.RandomPerspective.get_params(px, px, 0.2)
        for i, (x, y) in enumerate(ends):
            note(f"x{i}", x)
            note(f"y{i}", y)
        _, brightness, contrast, saturation, hue = jitter.get_params(
            jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
        assert hue is None
        note("brightness", brightness)
        note("contrast", contrast)
        note("saturation", saturation)
        y, x, height, width, _ = transforms.RandomErasing.get_params(picture, (0.02, 0.16), (0.3, 1.6), [0.0])
        note("erase_height", height)
        note("erase_width", width)
        note("erase_area", height * width / px**2)
        note("erase_x_share", x / max(px - width, 1))
        note("erase_y_share", y / max(px - height, 1))
    for name, (low, high) in seen.items():
        print(px, name, repr(float(low)), repr(float(high)))


class Draw:
    def __init__(self, line):
        v = [float(word) for word in line.split()]
        self.px, self.flipped, self.angle, self.scale, self.has_perspective = int(v[0]), v[1] > 0, v[2], v[3], v[4] > 0
        self.corners = [[int(v[5 + 2 * i]), int(v[6 + 2 * i])] for i in range(4)]
        self.brightness, self.contrast, self.saturation = v[13:16] if len(v) > 13 else (1, 1, 1)
        self.erase = [int(x) for x in v[16:20]] if len(v) > 16 else [0, 0, 0, 0]
        last = self.px - 1
        self.frame = [[0, 0], [last, 0], [last, last], [0, last]]


def geometry():
    for line in sys.stdin:
        d = Draw(line)
        half = d.px * 0.5
        to_input = numpy.eye(3)
        to_input[:2, 2] = 0.5  # torchvision's positions have pixel centres at i + 0.5
        if d.has_perspective:
            c = F._get_perspective_coeffs(d.frame, d.corners)
            to_input = numpy.array([c[0:3], c[3:6], [c[6], c[7], 1.0]], dtype=numpy.float64) @ to_input
        m = F._get_inverse_affine_matrix([half, half], d.angle, [0, 0], d.scale, [0.0, 0.0])
        to_input = numpy.array([m[0:3], m[3:6], [0, 0, 1]]) @ to_input
        if d.flipped:
            to_input = numpy.array([[-1, 0, d.px], [0, 1, 0], [0, 0, 1]]) @ to_input
        to_input[:2] -= 0.5 * to_input[2]
        print(*(repr(float(x)) for x in to_input.reshape(-1)))


def by_torchvision(crop, d, dtype):
    picture = F.convert_image_dtype(torch.from_numpy(crop.copy()).permute(2, 0, 1), dtype)
    if d.flipped:
        picture = F.hflip(picture)
    picture = F.affine(picture, d.angle, [0, 0], d.scale, [0.0, 0.0], interpolation=InterpolationMode.BILINEAR)
    if d.has_perspective:
        picture = F.perspective(picture, d.frame, d.corners, interpolation=InterpolationMode.BILINEAR)
    picture = F.adjust_brightness(picture, d.brightness)
    picture = F.adjust_contrast(picture, d.contrast)
    picture = F.adjust_saturation(picture, d.saturation)
    picture = F.convert_image_dtype(picture, torch.float32)
    x, y, width, height = d.erase
    if width and height:
        picture = F.erase(picture, y, x, height, width, torch.zeros(3, 1, 1))
    return F.normalize(picture, MEAN, DEVIATION)


WAYS = {
    "rounded": lambda crop, d: by_torchvision(crop, d, torch.uint8),
    "exact": lambda crop, d: by_torchvision(crop, d, torch.float32),
    "normalised": lambda crop, d: F.normalize(F.to_tensor(crop), MEAN, DEVIATION),
}


def compare(make, folder):
    draws = [Draw(line) for line in open(f"{folder}/draws.txt")]
    px = draws[0].px
    crops = numpy.fromfile(f"{folder}/crops.u8", numpy.uint8).reshape(-1, px, px, 3)
    ours = numpy.fromfile(f"{folder}/ours.f32", numpy.float32).reshape(-1, px, px, 3)
    assert len(crops) == len(draws) == len(ours)
    for crop, d, got in zip(crops, draws, ours):
        wanted = make(crop, d).permute(1, 2, 0).numpy()
        difference = numpy.abs(got - wanted) * (255 * numpy.array(DEVIATION))
        print(folder, repr(float(difference.mean())), repr(float(difference.max())))


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "ranges":
        for side in sys.argv[3:]:
            ranges(int(sys.argv[2]), int(side))
    elif sys.argv[1] == "geometry":
        geometry()
    elif sys.argv[1] == "compare":
        for way, where in zip(sys.argv[2::2], sys.argv[3::2]):
            compare(WAYS[way], where)
    else:
        sys.exit(__doc__)
