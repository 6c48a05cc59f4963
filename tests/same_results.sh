#!/usr/bin/env bash
# same_results.sh TINYSCALE OUT [REFERENCE_DIR]: what a program computes, without what a clock tells, into the directory OUT: 24
# training runs on every CPU path that this processor has, `fit --json` of every case of a folder of published tables, and
# of five simulated sweeps. Two programs that should do the same are compared by `diff -r OUT1 OUT2`: a change that only
# moves walls moves no bit. Members of JSON stand on lines of their own and are sorted, so that their order does not count.
set -u
tinyscale=$(realpath "$1") out=$(realpath -m "$2") reference=${3:+$(realpath "$3")}
export TINYSCALE_QUIET=1
mkdir -p "$out"
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2
clocks='"(wall_s|cpu_s|tok_per_s|startup_s|eval_s|peak_bytes|crc32|time|seconds|commit|version)"'

dense='"layers": 2, "d_model": 32, "ctx": 32, "batch_tok": 512, "lanes": 2, "tokens": 40960, "eval_tok": 8192'
small='"layers": 2, "d_model": 24, "d_head": 8, "ctx": 32, "batch_tok": 576, "lanes": 3, "tokens": 34560, "eval_tok": 4096'
configs() { # a name and the members of a config, 24 of them
    for schedule in constant cosine linear wsd; do echo "$schedule $dense, \"schedule\": \"$schedule\""; done
    for activation in gelu swiglu; do
        for tied in true false; do
            for norm in true false; do
                echo "$activation-$tied-$norm $small, \"activation\": \"$activation\", \"tied\": $tied, \"qk_norm\": $norm"
            done
        done
    done
    for router in softmax renorm topk sigmoid; do
        for balance in aux bias; do
            echo "$router-$balance $small, \"experts\": 4, \"top_k\": 2, \"router\": \"$router\", \"balance\": \"$balance\""
        done
    done
    echo "one-choice $small, \"experts\": 8, \"moe_every\": 2, \"clip\": 0.2"
    echo "shared $small, \"experts\": 4, \"shared\": 1, \"granularity\": 2, \"router\": \"renorm\", \"top_k\": 2, \"capacity\": 1.0"
    echo "sp $dense, \"parametrization\": \"sp\", \"lr\": 0.001"
    echo "wide $dense, \"d_ff\": 320, \"log_steps\": 3"
}

"$tinyscale" data make --tokens 60000 --heldout-tok 10000 --out c.tok >/dev/null || exit 1
for path in plain avx2 avx512 amx; do
    configs | while read -r name members; do
        echo "{ \"data\": { \"source\": \"zipf-memory\", \"tokens\": 60000, \"heldout_tok\": 10000 }, $members }" >c.json
        rm -rf r
        TINYSCALE_CPU=$path "$tinyscale" train c.json --corpus c.tok --out r --threads 1 >/dev/null 2>err.txt ||
            { grep -q TINYSCALE_CPU err.txt || echo "$name: $(cat err.txt)"; break; }
        grep -vE "$clocks" r/result.json | tr -d ' ,' | sort >"$out/run-$path-$name"
        sed 's/,"tok_per_s".*//' r/log.jsonl | cksum >>"$out/run-$path-$name"
    done
done

fitted() { # fitted NAME ARGUMENT ...
    name=$1
    shift
    "$tinyscale" fit "$@" --json 2>err.txt | grep -vE "$clocks" | sed 's/,$//' | sort >"$out/fit-$name"
    [ -s "$out/fit-$name" ] || cat err.txt
}
i=0
while read -r law points; do
    i=$((i + 1))
    fitted "simulated-$i" --simulate "law=$law,$points,seed=$i" --law chinchilla --recount --resamples 50 2>&1
done <<'LIST'
chinchilla,E=.9,A=19,alpha=.3,B=84,beta=.35 params=1e4:3e5:5,tokens=3e5:5e6:4,noise=.003
chinchilla,E=1.2,A=30,alpha=.4,B=60,beta=.4 params=1e4:1e5:4,tokens=1e5:5e6:5,noise=.01
chinchilla,E=.5,A=9,alpha=.25,B=20,beta=.3 params=1e4:1e6:6,tokens=3e5:1e7:6,noise=.002
chinchilla,E=1.7,A=400,alpha=.34,B=410,beta=.28 params=1e7:1e9:5,tokens=1e9:1e11:5,noise=.001
chinchilla,E=.9,A=19,alpha=.3,B=84,beta=.35 params=1e4:3e5:3,tokens=3e5:5e6:3,noise=.02
LIST
[ -n "$reference" ] || exit 0
cd "$reference" || exit 2
i=0
grep -o '"args": \[[^]]*\]' cases.json | sed 's/"args": \[//; s/\]$//; s/", "/" "/g' | while read -r words; do
    i=$((i + 1))
    eval "set -- $words"
    fitted "published-$i" "$@" --resamples 20 </dev/null
done
