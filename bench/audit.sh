#!/usr/bin/env bash
# `unmask audit` of FACES drawn people (20,000: no false alarm, 100 planted copies found), and of CROPS crops (100,000):
# seconds, the most memory of a rank, the same document on 1 and 4 ranks, and the part that every training does.
#   bench/audit.sh [FACES] [CROPS] [PX]      half an hour of drawing for the defaults; make audit-scale
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --build build --target bench_audit unmask > /dev/null
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
measured='
import resource, subprocess, sys, time
start = time.monotonic()
code = subprocess.run(sys.argv[1:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu_s, mib = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
print(f"{time.monotonic() - start:.1f} s, {cpu_s:.1f} s of CPU, {mib:.0f} MiB", file=sys.stderr)
sys.exit(code)'
audit() { # audit WHAT RANKS STORES OPTION…
  local what=$1 ranks=$2 stores=$3
  shift 3
  .venv/bin/mpirun --oversubscribe -n "$ranks" .venv/bin/python -c "$measured" \
    build/unmask audit "$stores" --json "$folder/$what-$ranks.json" "$@" \
    > "$folder/out" 2> "$folder/err" || [[ $? == 3 ]]
  echo "$what, $ranks ranks: $(grep ' s, .* MiB$' "$folder/err" | sort -rn | head -1)"
}
build/bench/bench_audit faces "$folder/faces" "${1:-20000}" "${3:-224}"
audit faces 1 "$folder/faces"
.venv/bin/python - "$folder/faces-1.json" << 'PYTHON'
import json, sys
pairs = json.load(open(sys.argv[1]))["near_duplicates"]
planted = [pair for pair in pairs if pair["second"] == pair["first"].replace("train real p", "val real copy")]
print(f"{len(planted)} of 100 planted copies found, least similarity {min(p['similarity'] for p in planted):.3f}; "
      f"{len(pairs) - len(planted)} false alarms")
sys.exit(len(planted) != 100 or len(pairs) != len(planted))
PYTHON
build/bench/bench_audit crops "$folder/crops" "${2:-100000}" "${3:-224}"
audit names 1 "$folder/crops" --no-crops
audit crops 1 "$folder/crops"
audit crops 4 "$folder/crops"
cmp "$folder/crops-1.json" "$folder/crops-4.json" && echo "the same document"
