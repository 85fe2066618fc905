#!/usr/bin/env bash
# `unmask audit` of FACES drawn people (20,000, one crop each) and of CROPS crops (100,000, 32 each of a drawn person):
# the planted copies (100 each) found, no false alarm, seconds and the most memory of each rank, the same document on 1
# and 4 ranks, and the part that every training does.
#   bench/audit.sh [FACES] [CROPS] [PX] [FOLDER]      make audit-scale. FOLDER: the stores stay there, and are drawn
#                                                     only where they are missing (6 minutes of CPU for the defaults)
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --build build --target bench_audit unmask > /dev/null
if [[ $# -ge 4 ]]; then
  folder=$4
else
  folder=$(mktemp -d)
  trap 'rm -r "$folder"' EXIT
fi
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
  local load=$(cut -d ' ' -f 1 /proc/loadavg)
  echo "$what, $ranks ranks: $(grep ' s, .* MiB$' "$folder/err" | sort -rn | tr '\n' ';') load $load"
}
planted_only() { # planted_only WHAT COPIES
  .venv/bin/python - "$folder/$1-1.json" "$2" << 'PYTHON'
import json, sys
pairs, copies = json.load(open(sys.argv[1]))["near_duplicates"], int(sys.argv[2])
planted = [pair for pair in pairs if pair["second"] == pair["first"].replace("train real p", "val real copy")]
print(f"{len(planted)} of {copies} planted copies found, least similarity "
      f"{min((pair['similarity'] for pair in planted), default=0):.3f}; {len(pairs) - len(planted)} false alarms")
sys.exit(len(planted) != copies or len(pairs) != len(planted))
PYTHON
}
[[ -e $folder/faces ]] || build/bench/bench_audit faces "$folder/faces" "${1:-20000}" "${3:-224}"
audit faces 1 "$folder/faces"
planted_only faces 100
[[ -e $folder/crops ]] || build/bench/bench_audit crops "$folder/crops" "${2:-100000}" "${3:-224}"
audit names 1 "$folder/crops" --no-crops
audit crops 1 "$folder/crops"
videos=$(((${2:-100000} + 31) / 32))
planted_only crops $((videos < 500 ? videos / 5 : 100))
audit crops 4 "$folder/crops"
cmp "$folder/crops-1.json" "$folder/crops-4.json" && echo "the same document"
