#!/bin/sh
# From videos to face crops beside a Python script with dlib and cv2, a core each:
#   PYTHON=python3 bench/prepare.sh FRAMES FULL_SIZE_FRAMES VIDEO...
# FRAMES evenly spaced of each video (0: all) at a short side of 480, FULL_SIZE_FRAMES (0: none) at full size.
# PYTHON: one that has dlib and cv2 (packages dlib-bin and opencv-python-headless).
set -eu
build=$(dirname "$0")/../build
[ -x "$build/bench/bench_prepare" ] || ninja -C "$build" bench_prepare
exec "${PYTHON:-python3}" "$(dirname "$0")/prepare.py" "$build/bench/bench_prepare" "$@"
