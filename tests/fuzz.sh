#!/bin/sh
# fuzz.sh SECONDS: every target of tests/fuzz for so long, from its seeds and from what earlier runs found worth
# keeping (build/fuzz/corpus). One line per target; a crash leaves its input in build/fuzz/crashes and exits nonzero.
set -u
cd "$(dirname "$0")/.." || exit 2
seconds=${1:-60}
build=build/fuzz
targets=$(for file in tests/fuzz/fuzz_*.c; do basename "$file" .c; done)

# Without OpenMP: one thread is what a fuzzer can repeat.
make --no-print-directory CC=clang B=$build STD="-std=c11 -D_GNU_SOURCE -I. -Wno-source-uses-openmp" \
    CFLAGS="-O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined" \
    fuzzers >$build.log 2>&1 || { cat $build.log; exit 2; }

failed=0
for target in $targets; do
    kept=$build/corpus/$target
    mkdir -p "$kept" $build/crashes
    "$build/$target" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$target-" "$kept" "tests/fuzz/seeds/${target#fuzz_}" \
        >"$build/$target.log" 2>&1
    status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/$target.log")
    if [ $status -eq 0 ]; then
        echo "$target: $runs executions, no crash"
    else
        failed=1
        echo "$target: CRASH (status $status); $build/$target.log says more"
        grep -aE '^(tinyscale: bug|SUMMARY|.*runtime error|Test unit written)' "$build/$target.log"
    fi
done
exit $failed
