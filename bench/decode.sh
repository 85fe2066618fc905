#!/usr/bin/env bash
# Decoding in the child beside the same code in process: 60 frames of 720p H.264, on one core and on all.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --build build --target bench_decode unmask-decode >/dev/null
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
ffmpeg -v error -f lavfi -i testsrc2=size=1280x720:rate=25 -vf noise=alls=8:allf=t -frames:v 60 \
  -c:v libx264 -preset medium -crf 23 -pix_fmt yuv420p "$folder/720p.mp4"
echo "one core:"
taskset -c 0 build/bench/bench_decode "$folder/720p.mp4" "${1:-5}"
echo "all cores:"
build/bench/bench_decode "$folder/720p.mp4" "${1:-5}"
