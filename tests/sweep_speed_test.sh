#!/bin/sh
# sweep_speed_test.sh TINYSCALE: what a worker costs beside its steps. On a corpus of 100 MB a run of a sweep begins its
# first step within 50 ms, since workers map what their driver has read and checked; by hand, or with the hash of another
# corpus, nothing goes unchecked. Workers share the corpus's pages.
set -u
tinyscale=$(realpath "$1") || exit 2
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2
export TINYSCALE_QUIET=1
passed=0 failed=0

check() { # check NAME COMMAND ...
    name=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED sweep_speed: $name"; fi
}
middle() { sort -g | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a != "" && a + 0 < b + 0) }'; }
numbers() { sed -n "s/.*\"$1\": *\([^,]*\).*/\1/p" sweep/runs/*/result.json; }
says() { # says TEXT COMMAND ...: fails with TEXT
    text=$1
    shift
    "$@" >out.txt 2>&1 && return 1
    grep -qF -- "$text" out.txt || { cat out.txt; return 1; }
}

cat >sweep.json <<'JSON'
{ "name": "speed", "data": { "source": "markov", "symbols": 256, "tokens": "100M", "heldout_tok": "20k" },
  "base": { "layers": 1, "d_head": 8, "ctx": 32, "batch_tok": 512, "eval_tok": "4k", "tokens": "20k" },
  "axes": { "d_model": [8, 16, 24] }, "seeds": [1, 2, 3] }
JSON
check "a sweep on 100 MB" "$tinyscale" sweep run sweep.json --out sweep --jobs 2 >sweep.txt 2>&1
startup=$(numbers startup_s | middle)
echo "a worker's first step begins after $startup s, median of $(numbers startup_s | wc -l)"
check "nine runs" [ "$(numbers startup_s | wc -l)" -eq 9 ]
check "first step within 50 ms" less "$startup" 0.05
check "held-out loss is timed" less 0 "$(numbers eval_s | middle)"

# Two long runs: the pages of the corpus that both have touched are there once.
hash=$(sed -n 's/.*"hash":"\([^"]*\)".*/\1/p' sweep/ledger.jsonl | head -n 1)
config=$(echo sweep/runs/*/config.json | cut -d' ' -f1)
train="train $config --corpus sweep/corpus.tok --threads 1"
"$tinyscale" $train --out long1 --tokens 1G --corpus-hash "$hash" >long1.txt 2>&1 & long1=$!
"$tinyscale" $train --out long2 --tokens 1G --corpus-hash "$hash" >long2.txt 2>&1 & long2=$!
sleep 2
pages() { awk -v what="$1:" '/corpus.tok$/ { on = 1 } on && $1 == what { print $2; exit }' "/proc/$long1/smaps"; }
if [ -r "/proc/$long1/smaps" ]; then
    echo "a worker maps $(pages Rss) kB of the corpus, $(pages Pss) kB as its share of two"
    check "pages are mapped" less 1000 "$(pages Rss)"
    check "none is a copy" [ "$(pages Private_Dirty)" = 0 ]
    check "pages are shared" less 1000 "$(pages Shared_Clean)"
fi
kill -9 $long1 $long2
wait $long1 $long2 2>/dev/null

check "another hash" says "has the hash $hash, not 0123456789abcdef" "$tinyscale" $train --out hash --corpus-hash 0123456789abcdef
printf '\377' | dd of=sweep/corpus.tok bs=1 seek=50000000 conv=notrunc 2>/dev/null
check "damage, by hand" says "the contents are damaged" "$tinyscale" $train --out hand
check "damage, next sweep" says "the contents are damaged" "$tinyscale" sweep run sweep
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
