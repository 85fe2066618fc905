#!/bin/sh
# A long video judged beside a Python script that looks at the same frames, two cores each, in turns:
#   bench/predict.sh MODEL VIDEO [--rounds 3] [--per-s 5]
#   bench/predict.sh MODEL VIDEO --what memory    peak memory of ours, once
#   bench/predict.sh MODEL VIDEO --what loss      boxes and scores beside those of every frame
# PYTHON: one that has cv2, torch, torchvision, and dlib (package dlib-bin) or, with --yunet FILE, YuNet's ONNX file.
# A long video: ffmpeg -stream_loop 300 -i CLIP -c copy LONG.mp4
set -eu
if [ $# -lt 2 ]; then
  echo "left out: wants a model and a long video, see its head"
  exit 0
fi
root=$(dirname "$0")/..
model=$1 video=$2
shift 2
exec "${PYTHON:-$root/.venv/bin/python}" "$root/bench/predict.py" --unmask "$root/build/unmask" --model "$model" \
  "$@" "$video"
