#!/bin/sh
# run.sh [--paths] NAME=BUILD_DIR ...: every cmocka program under BUILD_DIR/tests, then the scripts tests/*_test.sh with
# the release binary. --paths: then what depends on the CPU path, on each that is not this processor's best, by the first
# build's programs. A program's output is shown only when it fails; exit code 77 is a skip. Closes with the line
# 'N passed, N failed'.
set -u
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0
out=$(mktemp) || exit 2
trap 'rm -f "$out"' EXIT
unset TINYSCALE_CPU
all_paths=
[ "$1" = --paths ] && all_paths=yes && shift

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

run() { # run NAME COMMAND ...
    name=$1
    shift
    "$@" >"$out" 2>&1
    status=$?
    [ $status -eq 77 ] && grep -q '^skipped' "$out" || count "$name" $status
}

run_programs() { # run_programs PREFIX FILE ...: those among the files that are programs
    prefix=$1
    shift
    for program; do
        case "$program" in *.o | *.d) continue ;; esac
        [ -x "$program" ] && [ -f "$program" ] && run "$prefix ${program##*/}" "$program"
    done
}

first=${1#*=}
paths=$("$first/tests/test_model_paths" --list 2>"$out") || { echo "run.sh: $first has no test_model_paths"; exit 2; }
best=$(echo "$paths" | head -n 1)
cannot=$(cat "$out")

for build; do run_programs "${build%%=*}" "${build#*=}"/tests/test_*; done
for script in tests/*_test.sh; do
    [ -f "$script" ] || continue
    run "${script##*/}" bash "$script" build/tinyscale
    grep -a '^skipped ' "$out"
done
if [ -n "$all_paths" ]; then
    run fault_campaign.sh bash tests/fault_campaign.sh build/tinyscale "$first/tests/fault_shim.so" 12
    run flip_campaign.sh bash tests/flip_campaign.sh build/tinyscale 300
fi
for path in $paths; do
    [ -n "$all_paths" ] && [ "$path" != "$best" ] || continue
    export TINYSCALE_CPU="$path"
    run_programs "$path" "$first"/tests/test_model_net "$first"/tests/test_model_counts \
        "$first"/tests/test_model_purity "$first"/tests/test_train_*
    run "$path train_kill_test.sh" bash tests/train_kill_test.sh build/tinyscale
done
for path in $cannot; do echo "skipped CPU path $path: this processor cannot"; done
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
