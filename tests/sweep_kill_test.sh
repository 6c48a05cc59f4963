#!/bin/sh
# sweep_kill_test.sh TINYSCALE [SEED [KILLS]]: a sweep that tunes its learning rate and whose runs begin with each other's
# trunks, killed with -9, driver and workers, at ten random moments (or KILLS) and run again each time, ends with the
# rule, points and weights of one left alone; so does one with fewer workers, and one without trunks. The columns that
# tell of the day, the last seven, may differ. A driver that dies alone takes its workers along. What killed writers left
# is swept up.
set -u
tinyscale=$(realpath "$1") || exit 2
seed=${2:-$(date +%s)}
kills=${3:-10}
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2
export TINYSCALE_QUIET=1
passed=0 failed=0
echo "seed $seed"

check() { # check NAME COMMAND ...
    name=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED sweep_kill: seed $seed: $name"; fi
}

cat >sweep.json <<'JSON'
{ "name": "killed", "data": { "source": "zipf-memory", "tokens": "300k", "heldout_tok": "50k" },
  "base": { "layers": 2, "d_head": 8, "ctx": 32, "batch_tok": 512, "eval_tok": "16k", "warmup": 20 },
  "axes": { "d_model": [16, 24, 32], "tokens": ["80k", "120k", "160k"] },
  "seeds": [1], "seeding": "trunk", "trunks": true,
  "tune": { "lr": { "at": { "d_model": [16, 32], "tokens": ["40k", "60k"] }, "check": 0.25 } },
  "hero": { "d_model": 32, "tokens": "240k" } }
JSON
sed 's/"trunks": true/"trunks": false/' sweep.json >scratch.json
grid=10 # runs of the grid, and the hero; how many tune, the undisturbed sweep tells

whole_sweep() { # whole_sweep DIR JOBS [SPEC]: to its end, undisturbed
    "$tinyscale" sweep run "${3:-sweep.json}" --out "$1" --jobs "$2" >"$1.txt" 2>&1 || { cat "$1.txt"; return 1; }
    sed -E 's/(,[^,]*){7}$//' "$1/points.csv" >"$1.points"
}

# Driver and workers are one session, whose id is the driver's; "PID PID ..." of those alive.
session() {
    cat /proc/[0-9]*/stat 2>/dev/null |
        awk -v session="$1" '{ pid = $1; sub(/.*\) /, ""); if ($4 == session && $1 != "Z") print pid }'
}
ended() { cat killed/ledger.jsonl 2>/dev/null | grep -c '"status":"done"'; }
random() { # random N: the Nth of this seed, from 0 to 1
    awk -v seed="$seed" -v n="$1" 'BEGIN { srand(seed); for (i = 0; i < n; i++) x = rand(); print x }'
}
start() { # start SPEC DIR: a driver in a session of its own, its id in $driver
    setsid "$tinyscale" sweep run "$1" --out "$2" --jobs 2 >"$2.txt" 2>&1 &
    driver=$!
}
soon() { # soon COMMAND ...: true within five seconds
    for try in $(seq 50); do "$@" && return; sleep 0.1; done
    return 1
}
members() { [ "$(session $driver | wc -l)" -eq "$1" ]; }

began=$(date +%s.%N)
check "undisturbed sweep" whole_sweep two 2
wall=$(echo "$began $(date +%s.%N)" | awk '{ print $2 - $1 }')
check "one worker" whole_sweep one 1
check "one worker, same points" cmp two.points one.points
check "from scratch" whole_sweep scratch 2 scratch.json
check "from scratch, same points" cmp two.points scratch.points
branches() { grep '"event":"run"' "$1/ledger.jsonl" | grep -v '"role":"tuning"' | grep -c '"branched_from":"[0-9a-f]*"'; }
check "seven runs are branches" [ "$(branches two)" -eq 7 ]
check "from scratch none is" [ "$(branches scratch)" -eq 0 ]
check "all runs have a row" [ "$(wc -l <two.points)" -eq $((grid + 1)) ]
runs=$(grep -c '"status":"done"' two/ledger.jsonl)
check "runs tune before the grid" [ "$runs" -ge $((grid + 14)) ]
rule() { grep '"event":"tuned"' "$1/ledger.jsonl" | sed 's/"time":"[^"]*"//; s/"crc32".*//'; }
for sweep in one scratch; do check "$sweep: same rule" [ "$(rule two)" = "$(rule $sweep)" ]; done

# Each moment lies within what is left of the sweep, so that a driver is at work to be killed.
hits=0
for k in $(seq $kills); do
    delay=$(awk -v wall="$wall" -v left=$((runs - $(ended))) -v runs=$runs -v r="$(random "$k")" \
        'BEGIN { most = 0.4 * wall; rest = wall * (0.7 * (left - 1) / runs + 0.02); print r * (most < rest ? most : rest) }')
    start sweep.json killed
    sleep "$delay"
    alive=$(session $driver)
    [ -n "$alive" ] && hits=$((hits + 1))
    kill -9 $alive 2>/dev/null
    wait $driver 2>/dev/null
done
check "the kills hit a sweep at work" [ $hits -eq $kills ]
echo "$kills kills in a sweep of $wall s; $(ended) of $runs runs had ended after them"
# What a kill in the middle of a write leaves, wherever there still is a run to do. The shell's own number is alive; no
# process ever has the other.
gone=2147483646
echo mine >killed/points.csv.tmp.$$
echo torn >killed/points.csv.tmp.$gone
for config in killed/runs/*/config.json; do
    run=${config%/*}
    [ -f "$run/result.json" ] && continue
    mkdir -p "$run/checkpoint"
    echo torn >"$run/log.jsonl.tmp.$gone"
    echo torn >"$run/checkpoint/optimizer.safetensors.tmp.$gone"
done
check "after $kills kills, to the end" whole_sweep killed 2
check "after $kills kills, same rule, written once" [ "$(rule two)" = "$(rule killed)" ]
check "after $kills kills, one check" [ "$(grep -c '"event":"checked"' killed/ledger.jsonl)" -eq 1 ]
leftovers() { # of writers that are no more, zombies included; a number may be somebody else's by now
    find killed -name "*.tmp.*" | while read -r file; do
        state=$(sed 's/.*) \(.\).*/\1/' "/proc/${file##*.}/stat" 2>/dev/null)
        case "$state" in '' | Z | X) echo "$file" ;; esac
    done
}
check "leftovers are gone" [ -z "$(leftovers)" ]
check "a living writer's file is not" [ -f killed/points.csv.tmp.$$ ]
check "after $kills kills, same points" cmp two.points killed.points
check "after $kills kills, seven runs are branches" [ "$(branches killed)" -eq 7 ]
check "no trunk is left" [ -z "$(find killed -name 'trunk*')" ]
same_weights() {
    for run in two/runs/*/; do
        for other in scratch killed; do cmp "$run/checkpoint/model.safetensors" $other/runs/"$(basename "$run")"/checkpoint/model.safetensors || return; done
    done
}
check "same weights" same_weights
check "each run ended once" [ "$(ended)" -eq $runs ]
for sweep in two killed; do grep -v '"time"' $sweep/prediction.json >$sweep.prediction; done
check "same prediction of the hero" cmp two.prediction killed.prediction

cp killed/ledger.jsonl ledger.before
check "run again, nothing missing" whole_sweep killed 2
check "nothing was done" cmp killed/ledger.jsonl ledger.before
check "run again, same points" cmp two.points killed.points

# Runs of minutes, so that no worker can have ended by itself.
sed 's/"80k", "120k", "160k"/"200M"/' sweep.json | sed 's/"tokens": "240k"/"tokens": "300M"/' >long.json
start long.json long
check "a driver and two workers" soon members 3
kill -9 $driver
wait $driver 2>/dev/null
check "no worker outlives its driver" soon members 0
kill -9 $(session $driver) 2>/dev/null
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
