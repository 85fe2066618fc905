#!/bin/sh
# All-reduce of our Communicator beside MPI_Allreduce and gloo:
#   bench/all_reduce.sh [--rounds N] [--seconds S] [--repeats N]
# BUILD names another build folder.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ninja --quiet -C "$build" bench_all_reduce >&2
export OMP_NUM_THREADS=1
exec .venv/bin/python bench/all_reduce_table.py --build "$build" "$@"
