#!/bin/bash
# docs_test.sh PROGRAM: every command that docs/fitting.md sets apart (four blanks, then tinyscale, awk or NAME=) runs
# when it is pasted, in the page's order, in one shell and an empty directory. To be quick, tables are simulated 3 times where the page says more, and
# intervals come from 40 resamples; what the commands do is the same.
set -u
program=$(realpath "${1:-build/tinyscale}") page=$(realpath "$(dirname "$0")/../docs/fitting.md")
scratch=$(mktemp -d) || exit 2
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 2
mkdir bin && ln -s "$program" bin/tinyscale
PATH=$scratch/bin:$PATH
command -v gnuplot >/dev/null || { echo "skipped: gnuplot is not installed, and the page draws pictures"; exit 77; }
passed=0 failed=0
while IFS= read -r command; do
    quick=$(sed -E 's/--simulations [0-9]+/--simulations 3/; s/^tinyscale fit .*/& --resamples 40/' <<<"$command")
    if ! eval "$quick" >out 2>err || grep -q '^tinyscale: ' err; then
        failed=$((failed + 1))
        printf 'FAILED  %s\n' "$command"
        tail -n 3 err
    else
        passed=$((passed + 1))
    fi
done < <(sed -nE 's/^ {4,}((tinyscale |awk |[a-z]+=).*)$/\1/p' "$page")
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 10 ]
