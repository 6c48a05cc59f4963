#!/usr/bin/env bash
# flip_campaign.sh TINYSCALE [FLIPS] [SEED]: one bit flipped in a file of a finished sweep, then those who read the file. What they
# print is what they print without the flip, or the file is named on stderr. Workers map the corpus without reading it
# through; their driver has, whenever a sweep is opened.
set -u
tinyscale=$(realpath "$1") flips=${2:-2000} seed=${3:-$(date +%s)}
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cp "$here/fault_sweep.json" "$dir/sweep.json"
cd "$dir" || exit 2
echo "seed $seed"

tell() { # tell DIR FILE: what the readers of this file say; their talk in talk.txt
    case "$2" in
    ledger.jsonl)
        "$tinyscale" fit "$1" --resamples 0 --json | grep -v '"time"'
        "$tinyscale" sweep status "$1" --json
        ;;
    sweep.json) "$tinyscale" sweep status "$1" --json ;;
    */result.json) # no row tells of any result: all are adopted
        rm -f "$1/ledger.jsonl" "$1/points.csv"
        "$tinyscale" sweep run "$1" --jobs 1 | grep -v '^sealed'
        sed -E 's/(,[^,]*){7}$//' "$1/points.csv"
        ;;
    corpus.tok) "$tinyscale" data describe "$1/$2" --json && "$tinyscale" sweep status "$1" --json ;;
    *) "$tinyscale" eval "$1/$(echo "$2" | cut -d/ -f1,2)" --json ;;
    esac 2>>talk.txt
}

"$tinyscale" sweep run sweep.json --out whole --jobs 1 >out.txt 2>&1 || { cat out.txt; exit 1; }
run=$(cd whole && ls -d runs/* | head -n 1)
files="ledger.jsonl sweep.json $run/result.json $run/config.json corpus.tok $run/checkpoint/model.safetensors
    $run/checkpoint/optimizer.safetensors $run/checkpoint/config.json"
for file in $files; do
    cp -r whole alone
    tell alone "$file" | sed 's/alone/DIR/g' >"$(echo "$file" | tr / _).whole"
    rm -r alone
done
for file in $files; do # file, place, bit: the larger ones more often
    n=$((flips / 8 + 1)) size=$(wc -c <"whole/$file")
    awk -v seed="$seed$size" -v n=$n -v size="$size" -v file="$file" \
        'BEGIN { srand(seed); for (i = 0; i < n; i++) print file, int(rand() * size), int(rand() * 8) }'
done >flips.txt
silent=0 named=0 same=0
while read -r file at bit; do
    rm -rf flipped talk.txt
    cp -r whole flipped
    byte=$(od -An -tu1 -j "$at" -N 1 "whole/$file")
    printf "\\$(printf %03o $((byte ^ (1 << bit))))" | dd of="flipped/$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
    tell flipped "$file" | sed 's/flipped/DIR/g' >now.txt
    if cmp -s now.txt "$(echo "$file" | tr / _).whole"; then same=$((same + 1))
    elif grep -q "${file##*/}" talk.txt; then named=$((named + 1))
    else
        silent=$((silent + 1))
        echo "FAILED: $file, byte $at, bit $bit (seed $seed): numbers changed and nothing was said"
        diff now.txt "$(echo "$file" | tr / _).whole" | head -n 6
    fi
done <flips.txt
echo "$named flips were named, $same changed nothing"
echo "$((named + same)) passed, $silent failed"
[ $silent -eq 0 ]
