#!/usr/bin/env bash
# fault_campaign.sh TINYSCALE SHIM [STRIDE]: a sweep with a hero in which one call goes wrong (fault_shim.c), for every STRIDEth
# call of each kind (1: every one, the default), failing or killing there. Whatever it hits, driver, worker or fit:
#
#     the command ends, by itself, with one clear line unless it was killed; exit code 0 only when nothing is missing
#     no hero has ended before its prediction was sealed, no process is left over
#     the same command once more ends with the points and the prediction of a sweep left alone, and leaves nothing half-written
#
# Columns of points.csv that tell of the day, the last seven, may differ. `fault_campaign.sh TINYSCALE SHIM one CALL HOW K`
# repeats a failure and shows its directory.
set -u
tinyscale=$(realpath "$1") shim=$(realpath "$2") self=$(realpath "$0")
stride=${3:-1}
export TINYSCALE_QUIET=1
[ -d /proc/self ] || { echo "skipped: needs Linux's /proc"; exit 77; }

points() { sed -E 's/(,[^,]*){7}$//' "$1/points.csv" 2>/dev/null; }
prediction() { grep -o '"predictions":.*' <(grep -v '"time"' "$1/prediction.json" | tr -d '\n '); }
session() { # processes of the session that still live
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v session="$1" '{ pid = $1; sub(/.*\) /, ""); if ($4 == session && $1 != "Z") print pid }'
}
faulty() { # faulty CALL HOW K: the sweep with its fault, in a session of its own
    head -c 8 /dev/zero >count
    FAULT_CALL=$1 FAULT_HOW=$2 FAULT_AT=$3 FAULT_COUNT=$PWD/count LD_PRELOAD=$shim \
        setsid "$tinyscale" sweep run sweep.json --out s --jobs 1 >out.txt 2>err.txt &
    driver=$!
}
unsealed() { # a hero's end in the ledger, and no prediction before it
    awk '/"event":"prediction"/ { sealed = 1 } /"role":"hero","status":"done"/ && !sealed { bad = 1 } END { exit !bad }' s/ledger.jsonl 2>/dev/null
}
wrong() {
    echo "FAILED $call $how $k: $*"
    [ -n "${keep:-}" ] && cat out.txt err.txt
    exit 1
}

if [ "$stride" = one ]; then # in the directory of the campaign, which has the sweep left alone
    call=$4 how=$5 k=$6
    [ -n "${CAMPAIGN:-}" ] || keep=yes
    reference=${CAMPAIGN:-$(mktemp -d)}
    if [ -z "${CAMPAIGN:-}" ]; then # in a campaign they are there, and others are reading them
        cp "$(dirname "$self")/fault_sweep.json" "$reference/sweep.json"
        "$tinyscale" sweep run "$reference/sweep.json" --out "$reference/alone" >/dev/null 2>&1
        points "$reference/alone" >"$reference/alone.points"
    fi
    dir=$(mktemp -d "$reference/case.XXXXXX")
    [ -n "${keep:-}" ] && echo "$dir" || trap 'rm -rf "$dir"' EXIT
    cd "$dir" && cp ../sweep.json . || exit 2
    faulty "$call" "$how" "$k"
    if [ "$how" = hang ]; then
        sleep 2
        began=$(date +%s)
        kill -TERM $driver
        while kill -0 $driver 2>/dev/null && [ $(($(date +%s) - began)) -le 12 ]; do sleep 0.1; done
        [ $(($(date +%s) - began)) -le 10 ] || { kill -9 $(session $driver); wrong "lives ten seconds after SIGTERM"; }
    fi
    wait $driver 2>/dev/null
    status=$?
    [ $status -eq 134 ] || grep -q 'bug:' err.txt && wrong "exit $status, $(cat err.txt)"
    unsealed && wrong "a hero ended before a prediction"
    if [ $status -eq 0 ]; then points s | cmp -s - ../alone.points || wrong "exit 0, but the points are not all there"
    elif [ $status -lt 128 ]; then grep -q '^tinyscale: ' err.txt || wrong "exit $status without a line"
    fi
    for _ in $(seq 20); do left=$(session $driver) && [ -z "$left" ] && break; sleep 0.1; done
    [ -z "$left" ] || wrong "left over: $left"
    timeout -s KILL 60 "$tinyscale" sweep run sweep.json --out s --jobs 1 >out.txt 2>err.txt || wrong "the next run failed: $(cat err.txt)"
    points s | cmp -s - ../alone.points || wrong "other points"
    unsealed && wrong "a hero ended before a prediction, in the next run"
    [ "$(prediction s)" = "$(prediction ../alone)" ] || wrong "another prediction"
    left=$(find . -name '*.tmp.*')
    [ -z "$left" ] || wrong "half-written: $left"
    exit 0
fi

dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cp "$(dirname "$self")/fault_sweep.json" "$dir/sweep.json"
cd "$dir" || exit 2
"$tinyscale" sweep run sweep.json --out alone >out.txt 2>&1 || { cat out.txt; exit 1; }
points alone >alone.points
for call in write rename fsync open mmap fork; do
    faulty $call fail 0
    wait $driver || { cat err.txt; exit 1; }
    n=$(od -An -tu8 count | tr -d ' ')
    rm -r s
    [ "$n" -gt 0 ] || { echo "FAILED: no $call was seen"; exit 1; }
    for how in fail kill torn; do
        [ $how = torn ] && [ $call != write ] && [ $call != rename ] && continue
        first=$((1 + (n + ${#how}) % stride)) # not the same calls for each
        seq -f "$call $how %g" "$first" "$stride" "$n"
    done
    echo "$call: $n calls" >&2
done >cases.txt
printf 'fsync hang %s\n' 5 11 >>cases.txt # the driver at its ledger, a worker at a result
export CAMPAIGN=$dir
xargs -P "$(nproc)" -L 1 bash "$self" "$tinyscale" "$shim" one <cases.txt >failures.txt
cat failures.txt
failed=$(grep -c '^FAILED' failures.txt)
echo "$(($(wc -l <cases.txt) - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
