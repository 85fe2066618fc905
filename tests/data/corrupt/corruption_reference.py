"""Corruptions by somebody else's code or by their definition: OpenCV, NumPy, SciPy, ffmpeg's libx264.

FOLDER [HOW WIDTH HEIGHT VALUE KEY STRENGTH]...  FOLDER/0.u8, 1.u8, ... hold a picture before (RGB), 0.ours, ... after.
  A line each: mean and largest absolute difference in levels between ours and theirs, mean between before and theirs.
h264 FOLDER WIDTH HEIGHT COUNT CRF...  FOLDER/clip.u8, CRF.ours: as many pictures; a line a CRF, likewise.
"""
import pathlib
import subprocess
import sys

import cv2
import numpy
import scipy.stats


def philox_words(count, counter, key=(0, 0)):
    mask = numpy.uint64(2**32 - 1)
    blocks = -(-count // 4)
    c = [numpy.arange(blocks, dtype=numpy.uint64)] + [numpy.full(blocks, v, dtype=numpy.uint64) for v in counter]
    k = list(key)
    for _ in range(10):
        p0, p1 = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        c = [(p1 >> numpy.uint64(32)) ^ c[1] ^ numpy.uint64(k[0]), p1 & mask,
             (p0 >> numpy.uint64(32)) ^ c[3] ^ numpy.uint64(k[1]), p0 & mask]
        k = [(k[0] + 0x9E3779B9) % 2**32, (k[1] + 0xBB67AE85) % 2**32]
    return numpy.stack(c, axis=1).reshape(-1)[:count]


def jpeg(picture, quality, key, strength):
    flags = [cv2.IMWRITE_JPEG_QUALITY, int(quality), cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
             cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420]
    return cv2.cvtColor(cv2.imdecode(cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), flags)[1],
                                     cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def resize(picture, by, key, strength):
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (max(1, int(width / by + 0.5)), max(1, int(height / by + 0.5))),
                       interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)


def blur(picture, sigma, key, strength):
    side = 2 * int(numpy.ceil(3 * sigma)) + 1
    return cv2.GaussianBlur(picture, (side, side), sigma, borderType=cv2.BORDER_REFLECT_101)


def noise(picture, sigma, key, strength):
    words = philox_words(-(-picture.size // 2), (28 << 24 | 4 << 8 | strength, key % 2**32, key >> 32))
    halves = numpy.stack([words & numpy.uint64(0xFFFF), words >> numpy.uint64(16)], axis=1).reshape(-1)[:picture.size]
    normal = scipy.stats.norm.ppf((halves.astype(float) + 0.5) / 65536)
    return numpy.clip(numpy.rint(picture + sigma * 255 * normal.reshape(picture.shape)), 0, 255)


def brightness(picture, added, key, strength):
    return numpy.clip(picture.astype(float) + numpy.floor(added * 255 + 0.5), 0, 255)


def told(before, ours, theirs):
    before, ours, theirs = (part.astype(float) for part in (before, ours, theirs))
    print(numpy.abs(ours - theirs).mean(), numpy.abs(ours - theirs).max(), numpy.abs(before - theirs).mean())


def h264(folder, width, height, count, crf):
    """Encoded and decoded by ffmpeg's command line. (OpenCV's own decoder turns colours by more than a level.)"""
    before, ours = (numpy.fromfile(folder / name, dtype=numpy.uint8).reshape(count, height, width, 3)
                    for name in ("clip.u8", f"{crf}.ours"))
    clip = folder / "theirs.mp4"
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
                    f"{width}x{height}", "-r", "25", "-i", str(folder / "clip.u8"), "-c:v", "libx264", "-preset",
                    "medium", "-crf", str(crf), "-threads", "1", "-pix_fmt", "yuv420p", str(clip)], check=True)
    scale = "scale=flags=bilinear+accurate_rnd+bitexact+full_chroma_int+full_chroma_inp,format=rgb24"
    shown = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", str(clip), "-vf", scale, "-f", "rawvideo", "-"],
                           check=True, capture_output=True).stdout
    told(before, ours, numpy.frombuffer(shown, dtype=numpy.uint8).reshape(before.shape))


if sys.argv[1] == "h264":
    for rate in sys.argv[6:]:
        h264(pathlib.Path(sys.argv[2]), *map(int, sys.argv[3:6]), rate)
else:
    for number, at in enumerate(range(2, len(sys.argv), 6)):
        how, (width, height), value = sys.argv[at], map(int, sys.argv[at + 1:at + 3]), float(sys.argv[at + 3])
        picture, our = (numpy.fromfile(f"{sys.argv[1]}/{number}.{end}", dtype=numpy.uint8).reshape(height, width, 3)
                        for end in ("u8", "ours"))
        made = {"jpeg": jpeg, "resize": resize, "blur": blur, "noise": noise, "brightness": brightness}[how]
        told(picture, our, made(picture, value, int(sys.argv[at + 4]), int(sys.argv[at + 5])))
