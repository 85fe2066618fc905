#!/usr/bin/env bash
# Seconds that another split of 100,000 prepared crops takes, and opening its views. A JSON line each.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --build build --target bench_split > /dev/null
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
build/bench/bench_split "$folder"
