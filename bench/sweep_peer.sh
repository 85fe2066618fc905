#!/bin/sh
# A sweep beside Optuna's and Ray Tune's: bench/sweep_peer.sh [OPTIONS of sweep_peer.py].
# BUILD names another build folder. Ray is put into it, not into .venv: nothing else needs it.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ninja --quiet -C "$build" unmask make_tiny_stores >&2
[ -d "$build/ray" ] || .venv/bin/python -m pip --disable-pip-version-check install --quiet --no-input \
  --only-binary :all: --constraint constraints.txt --target "$build/ray" 'ray[tune]'
exec .venv/bin/python bench/sweep_peer.py --build "$build" "$@"
