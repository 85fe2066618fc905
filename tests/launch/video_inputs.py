"""Videos for the tests that run the program: good ones, and damaged ones."""
import os
import subprocess

KINDS = ("cut", "flipped", "other", "empty", "fifo", "text", "forbidden", "streamed", "picture", "misnamed")
SUFFIXES = {"misnamed": ".jpg"}  # of the others .mp4


def make_video(target, faces, start, extra=()):
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", str(start), "-i", f"{faces}/carphone.mp4", "-frames:v", "24",
                    "-an", *extra, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1",
                    str(target)], check=True)


def convert(video, target, *options):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(video), *options, str(target)], check=True)


def make_tree(root, faces, videos):
    """Real H.264 of the clip in `faces` that shows one: fakes are mirrored."""
    for i in range(videos):
        make_video(root / "real" / f"p{i:02}.mp4", faces, 0.3 * i)
        make_video(root / "fake" / f"p{i:02}.mp4", faces, 0.3 * i, ("-vf", "hflip"))


def damage(kind, good, target, draws):
    """Makes `target`, of one of KINDS, out of a good video."""
    data = bytearray(good.read_bytes())
    if kind == "cut":
        target.write_bytes(data[:draws.randrange(1, len(data))])
    elif kind == "flipped":
        for _ in range(draws.randrange(1, 200)):
            data[draws.randrange(len(data))] ^= 1 << draws.randrange(8)
        target.write_bytes(data)
    elif kind == "other":
        target.write_bytes(draws.randbytes(draws.randrange(1, 20000)))
    elif kind == "empty":
        target.write_bytes(b"")
    elif kind == "fifo":
        os.mkfifo(target)
    elif kind == "text":
        target.write_text("no video " * 100)
    elif kind == "streamed":  # its index comes first; frames of its second half are not there
        whole = target.with_suffix(".whole")
        convert(good, whole, "-c", "copy", "-movflags", "+faststart", "-f", "mp4")
        data = whole.read_bytes()
        whole.unlink()
        begin = data.index(b"mdat")
        target.write_bytes(data[:begin + int((len(data) - begin) * draws.uniform(0.5, 0.8))])
    elif kind == "picture":  # a JPEG
        convert(good, target, "-frames:v", "1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-f", "image2")
    elif kind == "misnamed":  # whole, but SUFFIXES calls it a picture
        target.write_bytes(data)
    else:  # "forbidden": nobody may read it, root but for its capabilities
        target.write_bytes(data)
        target.chmod(0)
