#!/bin/sh
# Images/s of a training step beside what a Python user writes: bench/step.sh [--ours] [--rounds N] [--steps N]
# BUILD names another build folder. With --ours the last line is the number, "NN.N img/s".
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ninja --quiet -C "$build" bench_step make_tiny_stores >&2
export OMP_NUM_THREADS=1
exec .venv/bin/python bench/step_table.py --build "$build" "$@"
