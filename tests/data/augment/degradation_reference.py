"""Degradations and self-blended fakes by their definition, with NumPy, SciPy, PyTorch and Pillow in floating point.

compare [HOW FOLDER]...  FOLDER/crops.u8 [n, px, px, 3], ours.u8 likewise, draws.txt (a line a crop: px, then what HOW
                         needs): "FOLDER mean largest" a picture, the absolute difference in levels. HOW: blur (sigma),
                         downscale (side), noise (sigma seed epoch slot), jpeg (quality), self_blend (edge_sigma ratio
                         shift_x shift_y scale shrink sharpen saturation gain r g b, then the outline x y ...), mask
                         (likewise; ours.u8 holds it in every channel)
quantiles                the standard normal's at (i + 0.5) / 65536, times 4096, a line each
"""
import io
import math
import sys

import numpy
import scipy.ndimage
import scipy.stats
import torch
from PIL import Image


def rounded(picture):
    return numpy.clip(numpy.rint(picture), 0, 255)


def gaussian(picture, sigma):
    axes = (0, 1)
    return scipy.ndimage.gaussian_filter(picture, sigma, mode="mirror", radius=math.ceil(3 * sigma), axes=axes)


def area(picture, to):
    """Along both axes the mean of what an output pixel covers: differences of the integral."""
    for axis in (0, 1):
        moved = numpy.moveaxis(picture, axis, 0)
        flat = moved.reshape(len(moved), -1)
        integral = numpy.vstack([numpy.zeros(flat.shape[1]), numpy.cumsum(flat, axis=0)])
        edges = numpy.linspace(0, len(flat), to + 1)
        at = numpy.stack([numpy.interp(edges, numpy.arange(len(flat) + 1), column) for column in integral.T], axis=1)
        mean = numpy.diff(at, axis=0) * to / len(flat)
        picture = numpy.moveaxis(mean.reshape(to, *moved.shape[1:]), 0, axis)
    return picture


def larger(picture, to):
    tensor = torch.from_numpy(picture).permute(2, 0, 1)[None]
    scaled = torch.nn.functional.interpolate(tensor, size=(to, to), mode="bilinear", align_corners=False)
    return scaled[0].permute(1, 2, 0).numpy()


def philox_words(count, purpose, seed, epoch, slot):
    mask = numpy.uint64(2**32 - 1)
    blocks = -(-count // 4)
    c = [numpy.arange(blocks, dtype=numpy.uint64)] + [numpy.full(blocks, value, dtype=numpy.uint64)
                                                       for value in (purpose << 24, slot, epoch)]
    k = [seed % 2**32, seed >> 32]
    for _ in range(10):
        p0, p1 = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        c = [(p1 >> numpy.uint64(32)) ^ c[1] ^ numpy.uint64(k[0]), p1 & mask,
             (p0 >> numpy.uint64(32)) ^ c[3] ^ numpy.uint64(k[1]), p0 & mask]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return numpy.stack(c, axis=1).reshape(-1)[:count]


def noise(picture, draw):
    sigma, seed, epoch, slot = draw[0], *(int(value) for value in draw[1:])
    words = philox_words(-(-picture.size // 2), 19, seed, epoch, slot)
    halves = numpy.stack([words & numpy.uint64(0xFFFF), words >> numpy.uint64(16)], axis=1).reshape(-1)[:picture.size]
    normal = scipy.stats.norm.ppf((halves.astype(float) + 0.5) / 65536)
    return picture + sigma * 255 * normal.reshape(picture.shape)


def jpeg(picture, quality):
    held = io.BytesIO()
    Image.fromarray(picture.astype(numpy.uint8)).save(held, "JPEG", quality=quality, subsampling=2)
    return numpy.asarray(Image.open(held)).astype(float)


def moved_copy(picture, shift_x, shift_y, scale):
    centre = (len(picture) - 1) / 2
    at_y = numpy.clip((numpy.arange(len(picture)) - centre - shift_y) / scale + centre, 0, len(picture) - 1)
    at_x = numpy.clip((numpy.arange(len(picture)) - centre - shift_x) / scale + centre, 0, len(picture) - 1)
    grid = numpy.meshgrid(at_y, at_x, indexing="ij")
    return numpy.stack([scipy.ndimage.map_coordinates(picture[..., c], grid, order=1) for c in range(3)], axis=2)


def mask_of(px, draw):
    """By the even-odd rule at 8 x 8 places a pixel."""
    outline, fine = numpy.array(draw[12:]).reshape(-1, 2) / 256, 8
    places = (numpy.arange(px * fine) + 0.5) / fine
    inside = numpy.zeros((px * fine, px * fine), dtype=bool)
    for (x0, y0), (x1, y1) in zip(outline, numpy.roll(outline, -1, axis=0)):
        crossed = (y0 <= places) != (y1 <= places)
        at = x0 + (x1 - x0) * (places[crossed] - y0) / (y1 - y0) if y1 != y0 else numpy.zeros(0)
        inside[crossed] ^= places[None, :] < at[:, None]
    covered = inside.reshape(px, fine, px, fine).mean(axis=(1, 3)) * 255
    return gaussian(covered[..., None], draw[0])


def self_blend(picture, draw):
    px = len(picture)
    _, ratio, shift_x, shift_y, scale, shrink, sharpen, saturation, gain = draw[:9]
    add = numpy.array(draw[9:12])
    copy = moved_copy(picture, shift_x, shift_y, scale)
    if shrink > 1:
        copy = larger(area(copy, int(px // shrink)), px)
    if sharpen > 0:
        copy = numpy.clip(copy + (copy - gaussian(copy, 1)) * sharpen / 256, 0, 255)
    grey = (copy @ numpy.array([0.299, 0.587, 0.114]))[..., None]
    copy = rounded((grey + (copy - grey) * saturation / 256) * gain / 256 + add)
    part = mask_of(px, draw) / 255 * ratio / 256
    return picture * (1 - part) + copy * part


def made(how, picture, draw):
    if how == "blur":
        return gaussian(picture, draw[0])
    if how == "downscale":
        return larger(rounded(area(picture, int(draw[0]))), len(picture))
    if how == "noise":
        return noise(picture, draw)
    if how == "jpeg":
        return jpeg(picture, int(draw[0]))
    if how == "mask":
        return numpy.repeat(mask_of(len(picture), draw), 3, axis=2)
    return self_blend(picture, draw)


def compare(how, folder):
    draws = [[float(value) for value in line.split()] for line in open(f"{folder}/draws.txt", encoding="ascii")]
    px = int(draws[0][0])
    crops, ours = (numpy.fromfile(f"{folder}/{name}.u8", dtype=numpy.uint8).reshape(-1, px, px, 3).astype(float)
                   for name in ("crops", "ours"))
    assert len(crops) == len(ours) == len(draws)
    for crop, our, draw in zip(crops, ours, draws):
        difference = numpy.abs(rounded(made(how, crop, draw[1:])) - our)
        print(folder, difference.mean(), difference.max())


if sys.argv[1] == "quantiles":
    for value in scipy.stats.norm.ppf((numpy.arange(65536) + 0.5) / 65536) * 4096:
        print(repr(float(value)))
else:
    for position in range(2, len(sys.argv), 2):
        compare(sys.argv[position], sys.argv[position + 1])
