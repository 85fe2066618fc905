#!/bin/sh
# The sweep's coordinator under load, without torch: bench/coordinator.sh [RANKS [LEASES [LEASE_S...]]]
# BUILD names another build folder. The ledger is written beneath it: its disk is measured too.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
ranks=${1:-64}
leases=${2:-2000}
[ $# -gt 2 ] && shift 2 || set -- 0.2 10
ninja --quiet -C "$build" bench_coordinator >&2
if ldd "$build/bench/bench_coordinator" | grep -q libtorch; then
  echo "bench_coordinator links torch" >&2
  exit 1
fi
export OMP_NUM_THREADS=1 OMPI_MCA_mpi_yield_when_idle=1
load() { cut -d ' ' -f 1 /proc/loadavg; }
before=$(load)
.venv/bin/mpirun --oversubscribe -n "$ranks" "$build/bench/bench_coordinator" "$build/bench" "$leases" "$@"
printf '\nmachine: %s, %s cores, load before %s, after %s; commit %s\n' \
  "$(sed -n 's/^model name.*: //p;T;q' /proc/cpuinfo)" \
  "$(getconf _NPROCESSORS_ONLN)" "$before" "$(load)" "$(git describe --always --dirty)"
