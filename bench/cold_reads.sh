#!/usr/bin/env bash
# Crops a second by loader threads, from the page cache and with 2 ms a read as over a network. A JSON line each.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --build build --target bench_cold_reads slow_reads > /dev/null
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
echo "from memory:"
build/bench/bench_cold_reads "$folder/a.crops"
echo "2 ms a read:"
LD_PRELOAD=$PWD/build/bench/libslow_reads.so build/bench/bench_cold_reads "$folder/a.crops"
