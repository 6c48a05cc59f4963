#!/bin/sh
# step_counts.sh BUILD_DIR [--update]: instructions of one training step of each shape (two layers, one micro-batch, forward to
# AdamW), counted by callgrind on the avx2 path, which is the best that valgrind knows, against those kept in
# step_counts.txt: more than 5 % above them fails, more than 5 % below asks for an update. Counts belong to a compiler:
# with another one they are printed only. Closes with 'N passed, N failed'.
set -u
cd "$(dirname "$0")/.." || exit 2
build=$1 update=${2:-} kept=tests/step_counts.txt
compiler=$(${CC:-gcc} -dumpfullversion -dumpversion | head -n 1)
command -v valgrind >/dev/null || { echo "skipped step_counts: no valgrind here"; exit 0; }
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
known=$(sed -n 's/^# gcc //p' $kept 2>/dev/null)
passed=0 failed=0
[ "$update" ] && echo "# gcc $compiler" >"$out/new"

# Two at a time, the longest first.
printf '%s\n' D C B S96 S64 A S32 S16 | TINYSCALE_CPU=avx2 xargs -P 2 -I SHAPE sh -c "valgrind --tool=callgrind \
    --callgrind-out-file=/dev/null --toggle-collect=training_step '$build/tests/one_step' SHAPE \
    >'$out/SHAPE.said' 2>'$out/SHAPE.log'"

for shape in S16 S32 S64 S96 A B C D; do
    count=$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$out/$shape.log")
    if [ -z "$count" ] || [ "$count" -eq 0 ]; then
        echo "FAILED $shape: nothing was counted: $(tail -n 1 "$out/$shape.log")"
        failed=$((failed + 1))
        continue
    fi
    [ "$update" ] && echo "$shape $count" >>"$out/new"
    was=$(sed -n "s/^$shape //p" $kept 2>/dev/null)
    change=$(awk -v now="$count" -v was="${was:-0}" 'BEGIN { printf was ? "%+.2f %%" : "new", 100 * (now / (was ? was : 1) - 1) }')
    verdict=ok
    if [ "$known" != "$compiler" ]; then
        verdict="not compared: kept for gcc ${known:-nothing}, this is $compiler"
    elif awk -v now="$count" -v was="$was" 'BEGIN { exit !(now > 1.05 * was) }'; then
        verdict="FAILED: more than 5 % above $was"
        failed=$((failed + 1))
    elif awk -v now="$count" -v was="$was" 'BEGIN { exit !(now < .95 * was) }'; then
        verdict="fewer by more than 5 %: step_counts.sh $build --update keeps that"
    fi
    [ "${verdict#FAILED}" = "$verdict" ] && passed=$((passed + 1))
    printf '%-4s %14s instructions, %s, %s: %s\n' $shape "$count" "$(cat "$out/$shape.said")" "$change" "$verdict"
done
[ "$update" ] && cp "$out/new" $kept
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
