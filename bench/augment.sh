#!/bin/sh
# Augmentation beside torchvision's: bench/augment.sh [BUILD [ROUNDS [STORE]]]
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
[ $# -gt 0 ] && shift
[ -x "$build/bench/bench_augment" ] || ninja -C "$build" bench_augment
exec .venv/bin/python bench/augment_torchvision.py "$build/bench/bench_augment" "$@"
