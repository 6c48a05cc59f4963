#!/usr/bin/env bash
# train_kill_test.sh TINYSCALE [SEED]: a training run that is killed with -9 at ten random moments
# and resumed each time goes on from its checkpoint and ends with the bits of one left alone.
set -eu
tinyscale=$(realpath "$1")
seed=${2:-$RANDOM}
kills=10
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export TINYSCALE_QUIET=1

fail() { echo "train_kill_test.sh: seed $seed: $*" >&2; exit 1; }

cat > "$dir/c.json" <<'JSON'
{ "data": { "source": "zipf-memory", "tokens": 300000, "heldout_tok": 50000 },
  "layers": 2, "d_model": 32, "ctx": 32, "lanes": 2, "batch_tok": 512,
  "tokens": "1M", "eval_tok": 20000, "clip": 0.3,
  "experts": 4, "top_k": 2, "moe_every": 2, "router": "renorm", "balance": "bias" }
JSON
"$tinyscale" data make --tokens 300000 --heldout-tok 50000 --out "$dir/c.tok" > "$dir/out"

# train NAME: start or go on, in the background; its process is $pid
train() {
    "$tinyscale" train "$dir/c.json" --corpus "$dir/c.tok" --out "$dir/$1" --threads 1 \
        --checkpoint 0.05s --resume > "$dir/out" 2> "$dir/err" &
    pid=$!
}
number() { sed -n "s/.*\"$2\": *\([^,]*\).*/\1/p" "$dir/$1/result.json"; }
# step of the killed run's checkpoint
step() {
    local file=$dir/killed/checkpoint/optimizer.safetensors
    if [ -f "$file" ]; then head -c 1000 "$file" | LC_ALL=C sed -n 's/.*"step":"\([0-9]*\)".*/\1/p'
    else echo 0; fi
}

train whole
wait "$pid" || fail "the undisturbed run failed: $(cat "$dir/err")"
steps=$(number whole steps)

# The kills are spread over three quarters of the run by the step of its checkpoint, not by the clock, which a busy machine
# bends. Should one find the run finished all the same, the series begins anew.
RANDOM=$seed
at=0 again=0
for ((k = kills; k > 0; k--)); do
    target=$((at + RANDOM * (steps * 3 / 4 - at) / (k + 1) / 20000))
    train killed
    while kill -0 "$pid" 2> /dev/null && [ "$(step)" -lt "$target" ]; do sleep 0.01; done
    sleep "0.0$((RANDOM % 60 + 10))"
    kill -9 "$pid" 2> /dev/null || true
    status=0
    wait "$pid" 2> /dev/null || status=$?
    if [ "$status" = 0 ] && [ $((again += 1)) -le 3 ]; then
        rm -r "$dir/killed"
        at=0 k=$((kills + 1))
        continue
    fi
    [ "$status" = 137 ] ||
        fail "$k kills too few, as the run ended with status $status: $(cat "$dir/err")"
    before=$at at=$(step)
    [ "$at" -ge "$before" ] || fail "resumed before step $before: the checkpoint is of step $at"
done
[ "$at" -gt 0 ] || fail "killed $kills times before the first checkpoint"
train killed
wait "$pid" || fail "the last resume failed: $(cat "$dir/err")"

for name in steps tokens loss loss_se train_loss clipped; do
    a=$(number whole $name) b=$(number killed $name)
    [ -n "$a" ] && [ "$a" = "$b" ] || fail "$name: $a undisturbed, $b after $kills kills"
done
for run in whole killed; do sed 's/,"tok_per_s".*//' "$dir/$run/log.jsonl" > "$dir/$run.log"; done
cmp -s "$dir/whole.log" "$dir/killed.log" || fail "log.jsonl differs"
cmp -s "$dir/whole/checkpoint/model.safetensors" "$dir/killed/checkpoint/model.safetensors" ||
    fail "the parameters differ"
echo "train_kill_test.sh: seed $seed: $kills kills up to step $at of $steps," \
    "loss $(number whole loss) to the bit"
