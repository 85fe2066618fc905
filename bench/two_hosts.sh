#!/bin/bash
# Exposed communication of a training step between two hosts on a slow link, with runtime.overlap "off" and "on":
#   bench/two_hosts.sh [--gbit N] [--rounds N] [--steps N] [--json FILE]
# Root only: the hosts are name spaces of this machine (tests/cluster/tb; TB names another copy), one rank each, the
# link is cut down with tc. BUILD names another build folder; bench_step must be built there.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${BUILD:-build}
tb=$(realpath "${TB:-tests/cluster/tb}")
gbit=1
for ((i = 1; i < $#; i++)); do [[ ${!i} == --gbit ]] && j=$((i + 1)) && gbit=${!j}; done
((EUID == 0)) || { echo "SKIPPED: two_hosts.sh needs root, for the hosts' name spaces and tc" >&2; exit 0; }
[[ -x $tb ]] || { echo "two_hosts.sh: no $tb: set TB to the script that makes the hosts" >&2; exit 2; }
ninja --quiet -C "$build" bench_step make_tiny_stores bench_all_reduce >&2
export OMP_NUM_THREADS=1 MPIRUN=$PWD/.venv/bin/mpirun TB_SHARE=$PWD # a host has a /tmp of its own, but for this folder
mkdir -p /run/tb
exec 9>/run/tb/lock
flock 9 # there is one h1
"$tb" hosts-up 2 9>&-
trap '"$tb" hosts-down' EXIT
for port in v1 v2; do # what the switch sends to h1 and to h2
  tc qdisc replace dev $port root tbf rate "${gbit}gbit" burst 256k latency 50ms
done
.venv/bin/python bench/two_hosts_table.py --build "$build" --tb "$tb" "$@" 9>&-
