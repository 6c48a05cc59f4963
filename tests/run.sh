#!/bin/sh
# run.sh NAME=BUILD_DIR ...: every cmocka program under BUILD_DIR/tests, then the scripts tests/*_test.sh with the release
# binary. A program's output is shown only when it fails. Closes with the line 'N passed, N failed'.
set -u
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT

count() { # count NAME STATUS: add up what $out says; a program that says nothing counts as one test
    p=$(grep -aoE '^\[  PASSED  \] [0-9]+' "$out" | grep -oE '[0-9]+$')
    f=$(grep -aoE '^\[  FAILED  \] [0-9]+ test\(s\), listed' "$out" | grep -oE '[0-9]+' | head -n 1)
    if [ -z "${p:-}${f:-}" ]; then
        p=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed' "$out" | tail -n 1 | cut -d' ' -f1)
        f=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed' "$out" | tail -n 1 | cut -d' ' -f3)
    fi
    p=${p:-0} f=${f:-0}
    if [ "$2" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ "$2" -eq 0 ] && [ "$p" -eq 0 ]; then p=1; fi
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$2" -ne 0 ]; then
        printf 'FAILED  %s (status %s)\n' "$1" "$2"
        grep -aE '^(\[  (ERROR|FAILED)|.*(rror|runtime error|differs|FAIL|failed))' "$out" | tail -n 40
    else
        printf 'ok  %4d  %s\n' "$p" "$1"
    fi
}

for build; do
    name=${build%%=*} dir=${build#*=}
    for program in "$dir"/tests/test_*; do
        [ -x "$program" ] && [ -f "$program" ] || continue
        case "$program" in *.o | *.d) continue ;; esac
        "$program" >"$out" 2>&1
        count "$name ${program##*/}" $?
    done
done
for script in tests/*_test.sh; do
    [ -f "$script" ] || continue
    bash "$script" build/tinyscale >"$out" 2>&1
    count "${script##*/}" $?
    grep -a '^skipped ' "$out"
done
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
