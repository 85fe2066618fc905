#!/bin/sh
# A sweep beside Optuna's: bench/sweep_peer.sh [OPTIONS of sweep_peer.py].
# BUILD names another build folder.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ninja --quiet -C "$build" unmask make_tiny_stores >&2
exec .venv/bin/python bench/sweep_peer.py --build "$build" "$@"
