#!/bin/sh
# Is the table of processors (base/instruction_set.cc) right here? Times a step with both ways of bf16 and with fp32,
# and the rate of matrix products: bench/arithmetic.sh [--rounds N] [--steps N]. BUILD names another build folder. Exit
# code 1 where the table takes the slower way.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ninja --quiet -C "$build" bench_step make_tiny_stores >&2
exec .venv/bin/python bench/arithmetic.py --build "$build" "$@"
