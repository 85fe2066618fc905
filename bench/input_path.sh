#!/bin/sh
# The loader's speed on one core, from a raw and a JPEG store in memory: bench/input_path.sh [BUILD]
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
[ -x "$build/bench/bench_input_path" ] || ninja -C "$build" bench_input_path
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
for round in 1 2 3; do "$build/bench/bench_input_path" "$folder"; done
