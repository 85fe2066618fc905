#!/usr/bin/env bash
# How often intervals, bounds and limits hold the truth on simulated people: three tables, the same everywhere.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --build build --target bench_interval_coverage > /dev/null
build/bench/bench_interval_coverage "$@"
