#!/usr/bin/env bash
# Crops a second from a store ten times larger than the memory that may hold it, page cache included, shuffled in full
# and by blocks; then from a disk that answers so many requests a second, as one behind a network does. As root, with
# cgroups of version 1: bench/block_shuffle.sh [FOLDER [CROPS [SECONDS [ROUNDS [REQUESTS]]]]]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d "${1:-/tmp}/block-shuffle-XXXXXX")
crops=${2:-20000} seconds=${3:-30} rounds=${4:-3} requests=${5:-300}
cmake --build build --target bench_block_shuffle > /dev/null
program=$PWD/build/bench/bench_block_shuffle
group=/sys/fs/cgroup/memory/block-shuffle-$$ disk=/sys/fs/cgroup/blkio/block-shuffle-$$
mkdir "$group" "$disk"
trap 'rm -r "$folder"; rmdir "$group" "$disk"' EXIT
"$program" make "$folder" "$crops"
bytes=$(stat -c %s "$folder/base/train.crops")
echo $((bytes / 10)) > "$group/memory.limit_in_bytes"
echo "store: $((bytes >> 20)) MiB, memory with page cache: $((bytes / 10 >> 20)) MiB, at most $seconds s a line"
measure() {
  for shuffle in full blocks; do
    sync
    dd if="$folder/base/train.crops" iflag=nocache count=0 status=none  # what was written is not in memory either
    (
      pid=$BASHPID
      echo "$pid" > "$group/cgroup.procs"
      echo "$pid" > "$disk/cgroup.procs"
      exec "$program" "$folder" "$shuffle" "$seconds"
    )
  done
}
for _ in $(seq "$rounds"); do measure; done
echo "$requests requests a second:"
echo "$(lsblk -ndo MAJ:MIN "$(df --output=source "$folder" | tail -1)" | tr -d ' ') $requests" \
  > "$disk/blkio.throttle.read_iops_device"
for _ in $(seq "$rounds"); do measure; done
echo "most memory: $(($(cat "$group/memory.max_usage_in_bytes") >> 20)) MiB"
