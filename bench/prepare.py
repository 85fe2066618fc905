# Frames of videos to face crops, as people do it in Python (cv2 and dlib, one core), beside bench_prepare: core time a
# frame, and the boxes compared. See bench/prepare.sh.
import subprocess, sys, time

import cv2
import dlib

CROP_PX, BOX_SCALE = 224, 1.3
cv2.setNumThreads(1)


def wanted_frames(video, wanted):
    capture, frames = cv2.VideoCapture(video), 0
    while capture.grab():
        frames += 1
    count = frames if wanted == 0 else min(frames, wanted)
    return {i * (frames - 1) // (count - 1) if count > 1 else 0 for i in range(count)}


def python_run(short_side, wanted, videos):
    detector, boxes = dlib.get_frontal_face_detector(), {}
    seconds, frames = [0.0, 0.0, 0.0], 0
    for video in videos:
        numbers = wanted_frames(video, wanted)
        capture, number = cv2.VideoCapture(video), 0
        mark = time.process_time()

        def lap(part):
            nonlocal mark
            now = time.process_time()
            seconds[part] += now - mark
            mark = now

        while number <= max(numbers) and capture.grab():
            if number in numbers:
                frame = capture.retrieve()[1]
                lap(0)
                grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
                height, width = grey.shape
                scale = min(1.0, short_side / min(height, width))
                if scale < 1:
                    grey = cv2.resize(grey, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
                found, scores, _ = detector.run(grey, 1)
                x, y = width / grey.shape[1], height / grey.shape[0]
                faces = [(round(f.left() * x), round(f.top() * y), round(f.right() * x), round(f.bottom() * y), s)
                         for f, s in zip(found, scores)]
                lap(1)
                boxes[video, number] = faces
                for left, top, right, bottom, _ in faces[:1]:
                    side = int(max(right - left, bottom - top) * BOX_SCALE)
                    x0, y0 = max((left + right) // 2 - side // 2, 0), max((top + bottom) // 2 - side // 2, 0)
                    side = min(width - x0, side, height - y0)
                    cv2.resize(frame[y0:y0 + side, x0:x0 + side], (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
                lap(2)
                frames += 1
            number += 1
        lap(0)
    return boxes, seconds, frames


def our_run(bench, short_side, faces, wanted, videos):
    boxes, seconds, frames = {}, None, 0
    command = [bench, str(short_side), faces, str(wanted), *videos]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split(" ")
        if words[0] == "seconds":
            seconds, frames = [float(word) for word in words[1:4]], int(words[5])
        else:
            box = tuple(int(word) for word in words[2:6])
            boxes[words[0], int(words[1])] = [box + (float(words[6]),)] if len(words) > 2 else []
    return boxes, seconds, frames


def overlap(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]) + 1, min(a[3], b[3]) - max(a[1], b[1]) + 1
    both = max(width, 0) * max(height, 0)
    area = lambda f: (f[2] - f[0] + 1) * (f[3] - f[1] + 1)
    return both / (area(a) + area(b) - both)


def compare(name, ours, theirs):
    """Of frames in which theirs has a face: ours equals one of them (IoU >= 0.9), is another place, is missing."""
    with_face = [key for key, faces in theirs.items() if faces]
    best = [max((overlap(ours[key][0], face) for face in theirs[key]), default=0) if ours.get(key) else -1
            for key in with_face]
    equal, lost = sum(value >= 0.9 for value in best), sum(value < 0 for value in best)
    more = sum(1 for key, faces in theirs.items() if not faces and ours.get(key))
    print(f"{name}: {len(theirs)} frames, {len(with_face)} with a face; IoU >= 0.9 in {equal}, lost {lost}, "
          f"other {len(best) - equal - lost}, ours alone {more}")


def show(name, seconds, frames):
    read, find, cut = (1000 * part / frames for part in seconds)
    print(f"{name}: {frames} frames, ms a frame and core: reading {read:.1f}, finding {find:.1f}, cutting {cut:.1f}, "
          f"together {read + find + cut:.1f} = {1000 / (read + find + cut):.1f} frames/s", flush=True)


def main():
    bench, wanted, full_size, *videos = sys.argv[1:]
    print(f"dlib {dlib.__version__}, OpenCV {cv2.__version__}, {len(videos)} videos")
    tracked = our_run(bench, 480, "tracked", int(wanted), videos)
    show("ours, tracked, short side 480", *tracked[1:])
    full = our_run(bench, 480, "all", int(wanted), videos)
    show("ours, full search, short side 480", *full[1:])
    compare("tracked against our full search", tracked[0], full[0])
    theirs = python_run(480, int(wanted), videos)
    show("Python, short side 480", *theirs[1:])
    compare("tracked against Python", tracked[0], theirs[0])
    compare("our full search against Python", full[0], theirs[0])
    if full_size != "0":
        whole = python_run(1 << 20, int(full_size), videos)
        show("Python, full size", *whole[1:])
        ours = our_run(bench, 1 << 20, "tracked", int(full_size), videos)
        show("ours, tracked, full size", *ours[1:])
        compare("tracked against Python, full size", ours[0], whole[0])


main()
