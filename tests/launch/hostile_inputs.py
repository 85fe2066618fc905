"""Inputs that nobody should trust, for the tests that run the program: damaged, huge, endless, lying, oddly named.

`make_hostile(folder, good, count, seed)`: a file of each kind in turn, out of good ones, with names that are no better.
"""
import os
import pathlib
import socket
import struct
import subprocess
import zlib

GIB = 1 << 30
CONTAINERS = {"ts": "mpegts", "mkv": "matroska", "avi": "avi", "flv": "flv"}  # beside MP4
HUGE = 60000  # px of a side that nobody has memory for

# {}: a number and the kind.
NAMES = ("{}", "{}\nnew line", '{} "quoted\'', "{}\\x0a", b"{}\xff\xfe\xc3", "{}\u202egpj.exe", "-{} --json",
         "{}\x1b[2J\x07", "{} $(reboot) %s%n", "{}" + "x" * 180, "{}\u00e9\U0001f600", "{};|&*?")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, idat):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", idat) + chunk(b"IEND", b"")


def patched(data, box, offset, value, form=">I"):
    """`value` at `offset` behind the first name of an MP4 box."""
    at = data.index(box) + len(box) + offset
    size = struct.calcsize(form)
    return data[:at] + struct.pack(form, value) + data[at + size:]


def flipped(data, draws, flips, begin=0, end=None):
    data = bytearray(data)
    for _ in range(flips):
        data[draws.randrange(begin, end or len(data))] ^= 1 << draws.randrange(8)
    return bytes(data)


def jpeg_of_size(data, side):
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2:at + 4])[0]
    return data[:at + 5] + struct.pack(">HH", side, side) + data[at + 9:]


def sparse(path, head, size):
    path.write_bytes(head)
    os.truncate(path, size)


def bind_socket(path):
    with socket.socket(socket.AF_UNIX) as end:
        here = os.getcwd()
        os.chdir(path.parent)  # an address is short
        end.bind(path.name)
        os.chdir(here)


def in_container(mp4, container):
    """The same packets."""
    copied = subprocess.run(["ffmpeg", "-v", "error", "-i", str(mp4), "-c", "copy", "-f", CONTAINERS[container], "-"],
                            capture_output=True, check=True)
    return copied.stdout


def content_kinds(mp4, jpg, picture, others, draws):
    """By kind: the bytes. `others`: the video in each of CONTAINERS."""
    moov = mp4.index(b"moov")
    rubbish = draws.randbytes(draws.randrange(1, 50000))
    samples = mp4.index(b"stsz") + 8
    damaged = {f"cut.{end}": data[:draws.randrange(1, len(data))] for end, data in others.items()}
    damaged |= {f"flipped.{end}": flipped(data, draws, draws.randrange(1, 200)) for end, data in others.items()}
    return damaged | {
        "cut.mp4": mp4[:draws.randrange(1, len(mp4))],
        "cut.jpg": jpg[:draws.randrange(1, len(jpg))],
        "cut.png": picture[:draws.randrange(1, len(picture))],
        "flipped.mp4": flipped(mp4, draws, draws.randrange(1, 200)),
        "flipped.jpg": flipped(jpg, draws, draws.randrange(1, 200)),
        "flipped.png": flipped(picture, draws, draws.randrange(1, 200)),
        "index.mp4": flipped(mp4, draws, draws.randrange(1, 20), moov, min(moov + 2000, len(mp4))),
        "head.mp4": flipped(mp4, draws, 8, 0, 64),
        "head.jpg": flipped(jpg, draws, 8, 0, 64),
        "head.png": flipped(picture, draws, 8, 0, 64),
        "rest.mp4": mp4[draws.randrange(1, len(mp4)):],
        "twice.mp4": mp4 + mp4,
        "huge.png": png(HUGE, HUGE, zlib.compress(bytes(100000))),
        "bomb.png": png(64, 64, zlib.compress(bytes(50_000_000), 9)),
        "huge.jpg": jpeg_of_size(jpg, HUGE),
        "huge.bmp": b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, HUGE, HUGE, 1, 24, 0, 0, 0, 0, 0, 0),
        "huge.webp": b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 +
                     b"\xff\xff\xff" * 2,
        "huge.gif": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6) + b"," +
                    struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x08\x01\x00\x00;",
        "huge.npy": b"\x93NUMPY\x01\x00v\x00" +
                    f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({HUGE}, {HUGE}, 3), }}".ljust(117).encode() +
                    b"\n",
        "huge.mp4": patched(patched(mp4, b"avc1", 24, HUGE, ">H"), b"avc1", 26, HUGE, ">H"),
        "billions.mp4": mp4[:samples] + struct.pack(">II", 1, 0x7fffffff) + mp4[samples + 8:],
        "billions2.mp4": patched(mp4, b"stsz", 8, 0x7fffffff),
        "billions3.mp4": patched(patched(mp4, b"stts", 8, 0x7fffffff), b"mdhd", 16, 0xffffffff),
        "timeless.mp4": patched(mp4, b"mdhd", 12, 0),
        "other.mp4": rubbish,
        "other.jpg": b"\xff\xd8\xff\xe0" + rubbish,
        "other.png": b"\x89PNG\r\n\x1a\n" + rubbish,
        "other2.mp4": mp4[:48] + rubbish,
        "empty.mp4": b"",
        "empty.jpg": b"",
        "magic.jpg": b"\xff\xd8",
        "text.mp4": b"no video " * 100,
        "page.jpg": b"<html><script>alert(1)</script></html>",
        "list.mp4": b"ffconcat version 1.0\nfile /etc/passwd\nfile /dev/zero\n",
        "list2.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "wrong.jpg": mp4,
        "wrong.mp4": jpg,
        "wrong.txt": picture,
    }


FILE_KINDS = {
    "fifo.mp4": os.mkfifo,
    "zero.mp4": lambda path: path.symlink_to("/dev/zero"),
    "random.jpg": lambda path: path.symlink_to("/dev/urandom"),
    "self.mp4": lambda path: path.symlink_to(path.name),
    "circle": lambda path: path.symlink_to(path.parent),
    "broken.mp4": lambda path: path.symlink_to("nothing"),
    "socket.mp4": bind_socket,
}
LONG = GIB // 4  # what goes on with zeros that no disk holds


def long_kinds(mp4, jpg, others):
    """By kind: what they begin with."""
    return {"zeros.mp4": b"", "long.mp4": mp4, "long.jpg": jpg} | {f"long.{end}": data for end, data in others.items()}


def name_of(number, kind):
    pattern = NAMES[number % len(NAMES)]
    stem, dot, end = kind.partition(".")
    if stem == "socket":
        return f"h{number:03}-{kind}"
    if isinstance(pattern, bytes):
        return os.fsdecode(pattern.replace(b"{}", f"h{number:03}-{stem}".encode()) + (dot + end).encode())
    return pattern.format(f"h{number:03}-{stem}") + dot + end


def make_hostile(folder, mp4, jpg, picture, count, draws):
    """Paths of the files made in `folder`; `mp4`, `jpg`, `picture` (PNG): good files."""
    others = {end: in_container(mp4, end) for end in CONTAINERS}
    mp4, jpg, picture = (pathlib.Path(path).read_bytes() for path in (mp4, jpg, picture))
    long = long_kinds(mp4, jpg, others)
    kinds = sorted(content_kinds(mp4, jpg, picture, others, draws) | FILE_KINDS | long)
    draws.shuffle(kinds)
    made = []
    for number in range(count):
        kind = kinds[number % len(kinds)]
        if number % len(kinds) == 0:
            contents = content_kinds(mp4, jpg, picture, others, draws)
        path = folder / name_of(number, kind)
        if kind in contents:
            path.write_bytes(contents[kind])
        elif kind in long:
            sparse(path, long[kind], LONG)
        else:
            FILE_KINDS[kind](path)
        made.append(path)
    return made
