#!/bin/sh
# From videos to face crops beside a Python script with dlib and cv2, a core each, processor time:
#   PYTHON=python3 bench/prepare.sh beside FRAMES SHORT_SIDE ROUNDS VIDEO...   what `unmask prepare` does, in turns
#   PYTHON=python3 bench/prepare.sh detectors FRAMES MODEL VIDEO...            all faces of both detectors
# FRAMES: 16 (evenly spaced), "every 3"; SHORT_SIDE: to which frames are scaled for detection, 100000: not at all;
# MODEL: YuNet's file, "" for dlib alone. PYTHON: one with dlib-bin, opencv-python-headless==4.6.0.66 and numpy<2.
set -eu
if [ $# -lt 4 ]; then
  echo "left out: wants videos, see its head"
  exit 0
fi
build=$(dirname "$0")/../build
[ -x "$build/bench/bench_prepare" ] || ninja -C "$build" bench_prepare
exec "${PYTHON:-python3}" "$(dirname "$0")/prepare.py" "$build/bench/bench_prepare" "$@"
