#!/usr/bin/env bash
# run.sh [--paths] NAME=BUILD_DIR ...: every cmocka program under BUILD_DIR/tests, then the scripts tests/*_test.sh with
# the release binary. --paths: then what depends on the CPU path, on each that is not this processor's best, by the first
# build's programs. As many run side by side as there are processors, or JOBS; their lines come in the order of the list.
# A program's output is shown only when it fails; exit code 77 is a skip. Closes with the line 'N passed, N failed'.
set -u
cd "$(dirname "$0")/.." || exit 2
passed=0 failed=0 begun=0 told=0
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
unset TINYSCALE_CPU
export OMP_WAIT_POLICY=passive # threads that wait for work leave the processor to the program beside them
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
all_paths=
[ "$1" = --paths ] && all_paths=yes && shift

count() { # count NAME STATUS OUT: add up what OUT says; a program that says nothing counts as one test
    local p f
    p=$(grep -aoE '^\[  PASSED  \] [0-9]+' "$3" | grep -oE '[0-9]+$')
    f=$(grep -aoE '^\[  FAILED  \] [0-9]+ test\(s\), listed' "$3" | grep -oE '[0-9]+' | head -n 1)
    if [ -z "${p:-}${f:-}" ]; then
        p=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed' "$3" | tail -n 1 | cut -d' ' -f1)
        f=$(grep -aoE '^[0-9]+ passed, [0-9]+ failed' "$3" | tail -n 1 | cut -d' ' -f3)
    fi
    p=${p:-0} f=${f:-0}
    if [ "$2" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    if [ "$2" -eq 0 ] && [ "$p" -eq 0 ]; then p=1; fi
    passed=$((passed + p)) failed=$((failed + f))
    if [ "$2" -ne 0 ]; then
        printf 'FAILED  %s (status %s)\n' "$1" "$2"
        grep -aE '^(\[  (ERROR|FAILED)|.*(rror|runtime error|differs|FAIL|failed))' "$3" | tail -n 40
    else
        printf 'ok  %4d  %s\n' "$p" "$1"
    fi
}

tell() { # the lines of those that have ended, up to the first that has not
    while [ -s "$dir/$told.status" ]; do
        local name status out=$dir/$told.out
        name=$(cat "$dir/$told.name") status=$(cat "$dir/$told.status")
        if [ "$status" -ne 77 ] || ! grep -q '^skipped' "$out"; then count "$name" "$status" "$out"; fi
        case "$name" in *.sh) grep -a '^skipped ' "$out" ;; esac
        told=$((told + 1))
    done
}

run() { # run NAME COMMAND ...: begin it as soon as a place is free
    echo "$1" >"$dir/$begun.name"
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    tell
    (
        "${@:2}" >"$dir/$begun.out" 2>&1
        echo $? >"$dir/$begun.new" && mv "$dir/$begun.new" "$dir/$begun.status"
    ) &
    begun=$((begun + 1))
}

run_programs() { # run_programs PREFIX FILE ...: those among the files that are programs
    local prefix=$1
    for program in "${@:2}"; do
        case "$program" in *.o | *.d) continue ;; esac
        if [ -x "$program" ] && [ -f "$program" ]; then run "$prefix ${program##*/}" "$program"; fi
    done
}

first=${1#*=}
paths=$("$first/tests/test_model_paths" --list 2>"$dir/cannot") || { echo "run.sh: $first has no test_model_paths"; exit 2; }
best=$(echo "$paths" | head -n 1)
cannot=$(cat "$dir/cannot")

for build; do run_programs "${build%%=*}" "${build#*=}"/tests/test_*; done
for script in tests/*_test.sh; do
    [ -f "$script" ] && run "${script##*/}" bash "$script" build/tinyscale
done
if [ -n "$all_paths" ]; then
    run fault_campaign.sh bash tests/fault_campaign.sh build/tinyscale "$first/tests/fault_shim.so" 12
    run flip_campaign.sh bash tests/flip_campaign.sh build/tinyscale 300
fi
for path in $paths; do
    if [ -z "$all_paths" ] || [ "$path" = "$best" ]; then continue; fi
    export TINYSCALE_CPU="$path"
    run_programs "$path" "$first"/tests/test_model_net "$first"/tests/test_model_counts \
        "$first"/tests/test_model_purity "$first"/tests/test_train_*
    run "$path train_kill_test.sh" bash tests/train_kill_test.sh build/tinyscale
done
wait
tell
for path in $cannot; do echo "skipped CPU path $path: this processor cannot"; done
echo
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$told" -eq "$begun" ]
