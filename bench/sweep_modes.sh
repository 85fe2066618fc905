#!/bin/sh
# Sequential, concurrent and elastic sweeps in turns: bench/sweep_modes.sh [OPTIONS of sweep_modes.py].
# BUILD names another build folder.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ninja --quiet -C "$build" unmask make_tiny_stores >&2
exec .venv/bin/python bench/sweep_modes.py --build "$build" "$@"
