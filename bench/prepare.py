# Videos to encoded face crops as people do it in Python (cv2 and dlib, or cv2's YuNet), beside bench_prepare: core time
# a frame, and the crops' squares compared. See bench/prepare.sh.
import os, subprocess, sys, time

import cv2
import dlib

CROP_PX, BOX_SCALE = 224, 1.3
cv2.setNumThreads(1)


def dlib_finder(short_side):
    detector = dlib.get_frontal_face_detector()

    def find(frame):
        grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
        small = smaller(grey, short_side)
        found, _, _ = detector.run(small, 1)
        x, y = grey.shape[1] / small.shape[1], grey.shape[0] / small.shape[0]
        return [(round(f.left() * x), round(f.top() * y), round(f.right() * x), round(f.bottom() * y)) for f in found]

    return find


def yunet_finder(model, short_side):
    detector = cv2.FaceDetectorYN.create(model, "", (320, 240), 0.8, 0.3, 5000)

    def find(frame):
        small = smaller(frame, short_side)
        detector.setInputSize((small.shape[1], small.shape[0]))
        found = detector.detect(small)[1]
        x, y = frame.shape[1] / small.shape[1], frame.shape[0] / small.shape[0]
        faces = []
        for left, top, width, height, *_ in sorted([] if found is None else found.tolist(), key=lambda f: -f[14]):
            # As our boxes are made comparable with dlib's (docs/dataset_layouts.md).
            half = 0.92 * (width * x * height * y) ** 0.5 / 2
            mid_x, mid_y = (left + width / 2) * x, (top + height * 0.54) * y
            faces.append((round(mid_x - half), round(mid_y - half), round(mid_x + half), round(mid_y + half)))
        return faces

    return find


def smaller(image, short_side):
    height, width = image.shape[:2]
    scale = min(1.0, short_side / min(height, width))
    if scale == 1:
        return image
    return cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def square(face, frame):
    left, top, right, bottom = face
    side = int(max(right - left, bottom - top) * BOX_SCALE)
    x, y = max((left + right) // 2 - side // 2, 0), max((top + bottom) // 2 - side // 2, 0)
    return x, y, min(frame.shape[1] - x, side, frame.shape[0] - y)


def python_run(find, wanted):
    """wanted: {video: frame numbers}."""
    squares, seconds, frames = {}, [0.0, 0.0], 0
    for video, numbers in wanted.items():
        capture, mark = cv2.VideoCapture(video), time.process_time()

        def lap(part):
            nonlocal mark
            now = time.process_time()
            seconds[part] += now - mark
            mark = now

        for number in range(max(numbers) + 1):
            if not capture.grab():
                break
            if number not in numbers:
                continue
            frame = capture.retrieve()[1]
            lap(0)
            found = squares[video, number] = [square(face, frame) for face in find(frame)]
            for x, y, side in found[:1]:
                crop = cv2.resize(frame[y:y + side, x:x + side], (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
                cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, 95])
            lap(1)
            frames += 1
        lap(0)
    return squares, seconds, frames


def our_run(bench, short_side, faces, rule, model, videos):
    squares, seconds, frames = {}, None, 0
    command = [bench, str(short_side), faces, rule, model, *videos]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        words = line.split(" ")
        if words[0] == "seconds":
            seconds, frames = [float(words[1]) + float(words[2]), float(words[3])], int(words[5])
        else:
            found = squares.setdefault((words[0], int(words[1])), [])
            if len(words) > 2:
                found.append(tuple(int(word) for word in words[2:5]))
    return squares, seconds, frames


def overlap(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[2], b[1] + b[2]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (a[2] ** 2 + b[2] ** 2 - both)


def compare_all(name, ours, theirs):
    """Each of their faces among ours, and ours among theirs, by the IoU of squares."""
    best = [max((overlap(mine, face) for mine in ours.get(key, [])), default=0)
            for key, faces in theirs.items() for face in faces]
    alone = [mine for key, faces in ours.items() for mine in faces
             if all(overlap(mine, face) < 0.5 for face in theirs.get(key, []))]
    print(f"  {name}: {len(theirs)} frames, {len(best)} faces; IoU >= 0.9 of {sum(value >= 0.9 for value in best)}, "
          f"0.5 to 0.9 of {sum(0.5 <= value < 0.9 for value in best)}, not found {sum(value < 0.5 for value in best)}; "
          f"lowest IoU of those found {min((value for value in best if value >= 0.5), default=0):.3f}; ours alone "
          f"{len(alone)}", flush=True)


def compare_chosen(name, ours, theirs):
    """Our one face of a frame among all of theirs, where they have any."""
    best = [max(overlap(ours[key][0], face) for face in faces) if ours.get(key) else -1
            for key, faces in theirs.items() if faces]
    print(f"  {name}: {len(theirs)} frames, {len(best)} with a face; IoU >= 0.9 in {sum(v >= 0.9 for v in best)}, "
          f"lost {sum(v < 0 for v in best)}, another square {sum(0 <= v < 0.9 for v in best)}; ours alone "
          f"{sum(1 for key, faces in theirs.items() if not faces and ours.get(key))}", flush=True)


def show(name, seconds, frames):
    read, find = (1000 * part / frames for part in seconds)
    print(f"{name}: {frames} frames, ms a frame and core: decoding {read:.1f}, finding and cutting {find:.1f}, "
          f"together {read + find:.1f} = {1000 / (read + find):.1f} frames/s; load {os.getloadavg()[0]:.1f}",
          flush=True)
    return read + find


def beside(bench, rule, short_side, videos, rounds):
    """Ours and Python's in turns."""
    ratios = []
    for _ in range(rounds):
        squares, *ours = our_run(bench, short_side, "tracked", rule, "", videos)
        wanted = {}
        for video, number in squares:
            wanted.setdefault(video, set()).add(number)
        mine = show(f"ours, tracked, short side {short_side}, {rule}", *ours)
        theirs, *python = python_run(dlib_finder(short_side), wanted)
        ratios.append(show(f"Python, short side {short_side}, {rule}", *python) / mine)
        compare_chosen("tracked against Python's", squares, theirs)
    ratios.sort()
    print(f"frames {rule}, short side {short_side}: {ratios[len(ratios) // 2]:.2f} x Python "
          f"({ratios[0]:.2f} to {ratios[-1]:.2f})", flush=True)


def detectors(bench, rule, model, videos):
    for name, file in [("dlib", ""), ("YuNet", model)]:
        if name == "YuNet" and not file:
            continue
        full, *ours = our_run(bench, 480, "all", rule, file, videos)
        wanted = {}
        for video, number in full:
            wanted.setdefault(video, set()).add(number)
        theirs, *python = python_run(yunet_finder(file, 480) if file else dlib_finder(480), wanted)
        show(f"ours, {name}, all faces of each frame", *ours)
        show(f"Python, {name}", *python)
        compare_all(f"all faces by {name} against Python's", full, theirs)


def main():
    bench, mode, *words = sys.argv[1:]
    print(f"dlib {dlib.__version__}, OpenCV {cv2.__version__}")
    if mode == "beside":
        rule, short_side, rounds, *videos = words
        beside(bench, rule, int(short_side), videos, int(rounds))
    else:
        rule, model, *videos = words
        detectors(bench, rule, model, videos)


main()
