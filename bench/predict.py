# A long video judged by `unmask predict --stream` and by a Python script (cv2, a face detector, torch's ResNet18) on
# the same cores, in turns: the same frames are looked at, as many faces scored. See bench/predict.sh.
import argparse, json, os, resource, statistics, subprocess, sys, tempfile, threading, time

CROP_PX, BOX_SCALE, LINES, BATCH = 224, 1.3, 360, 64


def detector_of(yunet):
    import cv2
    if yunet:
        network = cv2.FaceDetectorYN.create(yunet, "", (320, 240), 0.8, 0.3, 5000)

        def find(frame):
            network.setInputSize((frame.shape[1], frame.shape[0]))
            found = network.detect(frame)[1]
            return [tuple(map(int, face[:4])) for face in found] if found is not None else []
        return find
    import dlib
    detector = dlib.get_frontal_face_detector()

    def find(frame):
        faces = detector(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 1)
        return [(face.left(), face.top(), face.width(), face.height()) for face in faces]
    return find


def peer(arguments):
    """Prints how many faces were scored."""
    import cv2, torch, torchvision
    torch.set_num_threads(arguments.cores)
    cv2.setNumThreads(arguments.cores)
    model = torchvision.models.resnet18(num_classes=2).eval().to(memory_format=torch.channels_last)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in ([.485, .456, .406], [.229, .224, .225]))
    find, crops, faces = detector_of(arguments.yunet), [], 0

    def score():
        nonlocal faces
        batch = torch.stack(crops).permute(0, 3, 1, 2).float().div_(255).sub_(mean).div_(std)
        with torch.inference_mode():
            model(batch.contiguous(memory_format=torch.channels_last)).softmax(1)
        faces += len(crops)
        crops.clear()

    video, number = cv2.VideoCapture(arguments.video), 0
    step = video.get(cv2.CAP_PROP_FPS) / arguments.per_s
    wanted = 0.0
    while video.grab():
        if number >= wanted - 1e-6:
            wanted += step
            frame = video.retrieve()[1]
            height, width = frame.shape[:2]
            scale = LINES / min(height, width)
            small = cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
            for x, y, w, h in find(small):
                side = int(max(w, h) / scale * BOX_SCALE)
                x0 = max(0, int((x + w / 2) / scale - side / 2))
                y0 = max(0, int((y + h / 2) / scale - side / 2))
                cut = frame[y0:y0 + side, x0:x0 + side]
                crop = cv2.resize(cut, (CROP_PX, CROP_PX), interpolation=cv2.INTER_AREA)
                crops.append(torch.from_numpy(cv2.cvtColor(crop, cv2.COLOR_BGR2RGB)))
            if len(crops) >= BATCH:
                score()
        number += 1
    if crops:
        score()
    print(faces)


class Peak:
    """The most memory that a process and its children have had at once, and each of them: MiB, looked at ten times a
    second."""

    def __init__(self, pid):
        self.pid, self.together, self.each, self.is_over = pid, 0, {}, False
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()

    def watch(self):
        while not self.is_over:
            listed = subprocess.run(["ps", "-o", "rss=,comm=", "--pid", str(self.pid), "--ppid", str(self.pid)],
                                    capture_output=True, text=True).stdout.split("\n")
            now = [line.split() for line in listed if line.strip()]
            self.together = max(self.together, sum(int(rss) for rss, _ in now) // 1024)
            for rss, name in now:
                self.each[name] = max(self.each.get(name, 0), int(rss) // 1024)
            time.sleep(0.1)

    def close(self):
        self.is_over = True
        self.thread.join()


def processor_s():
    """Of the processes that have ended, with their decoders; ps among them takes a hundredth."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(command, environment):
    begin, used = time.monotonic(), processor_s()
    job = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    peak = Peak(job.pid)
    out, err = job.communicate()
    seconds = time.monotonic() - begin
    peak.close()
    if job.returncode != 0:
        sys.exit(f"{command}: {job.returncode}\n{out}{err}")
    peak.processor_s = processor_s() - used
    return seconds, peak, out, err


def ours(arguments, *frames):
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        cores = ",".join(map(str, range(arguments.cores)))
        command = ["taskset", "-c", cores, arguments.unmask, "predict", arguments.model, arguments.video, "--device",
                   "cpu", "--json", file.name, *frames]
        if arguments.yunet:
            command += ["--detector-model", arguments.yunet]
        seconds, peak, _, err = timed(command, dict(os.environ))
        return seconds, peak, json.loads(file.read()), err.strip()


def theirs(arguments):
    cores = ",".join(map(str, range(arguments.cores)))
    command = ["taskset", "-c", cores, sys.executable, __file__, "--peer", "--per-s", str(arguments.per_s), "--cores",
               str(arguments.cores), "--yunet", arguments.yunet, arguments.video]
    seconds, peak, out, _ = timed(command, dict(os.environ))
    return seconds, peak, int(out)


def overlap(a, b):
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(width, 0) * max(height, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def share(values, part):
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]


def loss(stream, whole):
    """What the stream's boxes and scores are beside those of every frame, searched in the model's own lines."""
    by_frame, by_second = {}, {}
    for face in whole["faces"]:
        by_frame.setdefault(face["frame"], []).append(face)
        by_second.setdefault(int(face["time_s"]), []).append(face["score"])
    boxes, scores, missing, seconds = [], [], 0, {}
    looked_at = {face["frame"] for face in stream["faces"]}
    for face in stream["faces"]:
        best = max(by_frame.get(face["frame"], []), key=lambda other: overlap(face["box"], other["box"]), default=None)
        seconds.setdefault(int(face["time_s"]), []).append(face["score"])
        if best is None or overlap(face["box"], best["box"]) < 0.3:
            missing += 1
            continue
        boxes.append(overlap(face["box"], best["box"]))
        scores.append(abs(face["score"] - best["score"]))
    every = max(1, round(stream["frames"]["of"] / stream["frames"]["looked_at"]))
    unseen = sum(1 for frame in by_frame if frame % every == 0 and frame not in looked_at)
    means = [abs(statistics.mean(own) - statistics.mean(by_second[second])) for second, own in seconds.items()
             if second in by_second]
    print(f"against every frame (N = 1): {len(boxes)} faces in both, {unseen} frames without the stream's face, "
          f"{missing} faces of the stream alone; IoU of the squares median {statistics.median(boxes):.3f}, 5% below "
          f"{share(boxes, 0.05):.3f}; |score - score| median {statistics.median(scores):.4f}, 95% below "
          f"{share(scores, 0.95):.4f}; a second's mean: median {statistics.median(means):.4f}, 95% below "
          f"{share(means, 0.95):.4f}")
    for name, each in (("stream", stream), ("every frame", whole)):
        person = each["people"][0]
        print(f"  {name}: {each['verdict']}, first person's score {person['score']:.4f}, interval {person['interval']}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="store_true")
    parser.add_argument("--per-s", type=float, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--yunet", default="")
    parser.add_argument("--unmask")
    parser.add_argument("--model")
    parser.add_argument("--what", default="speed", choices=["speed", "memory", "loss"])
    parser.add_argument("video")
    arguments = parser.parse_args()
    if arguments.peer:
        return peer(arguments)
    stream = ("--stream", str(arguments.per_s))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=os.path.dirname(os.path.abspath(__file__)),
                            capture_output=True, text=True).stdout.strip()
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")
    print(f"{processor}, {arguments.cores} cores, load {os.getloadavg()[0]:.1f}, commit {commit}", flush=True)
    if arguments.what == "loss":
        return loss(ours(arguments, *stream)[2], ours(arguments, "--frames", "all")[2])
    times = []
    for _ in range(arguments.rounds if arguments.what == "speed" else 1):
        seconds, peak, judged, said = ours(arguments, *stream)
        print(f"ours: {seconds:.1f} s, {len(judged['faces'])} faces, {judged['duration_s'] / seconds:.2f} times real "
              f"time, {peak.processor_s:.1f} s of processors, memory {peak.each}, together {peak.together} MiB\n"
              f"  {said}", flush=True)
        if arguments.what == "memory":
            continue
        other, their_peak, faces = theirs(arguments)
        print(f"Python: {other:.1f} s, {faces} faces, {judged['duration_s'] / other:.2f} times real time, "
              f"{their_peak.processor_s:.1f} s of processors, together {their_peak.together} MiB; load "
              f"{os.getloadavg()[0]:.1f}", flush=True)
        if abs(faces - len(judged["faces"])) > 0.01 * faces:
            sys.exit("not the same work: other faces were scored")
        times.append(other / seconds)
    if times:
        print(f"Python's time is {statistics.median(times):.2f} times ours ({min(times):.2f} to {max(times):.2f})")


main()
