#!/usr/bin/env bash
# example_test.sh TINYSCALE: the example that links the library says of a table what the program says of it.
set -u
tinyscale=$(realpath "$1") example=$(realpath "$(dirname "$1")/examples/fit")
dir=$(mktemp -d) || exit 2
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 2
export TINYSCALE_QUIET=1
passed=0 failed=0
check() { # check NAME COMMAND ...
    name=$1
    shift
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED example: $name"; fi
}
"$tinyscale" fit --simulate law=chinchilla,E=0.9,A=19,alpha=0.3,B=84,beta=0.35,params=1e4:1e6:5,tokens=1e5:1e7:5,noise=0.003 \
    --save runs.csv --resamples 0 >fit.txt || exit 1
"$tinyscale" fit runs.csv --law chinchilla >fit.txt || exit 1
check "runs" "$example" runs.csv >example.txt
for name in E alpha beta; do
    theirs=$(awk -v name=$name '$1 == name && NF >= 4 { printf "%.4g %.4g %.4g", $2, $3, $4; exit }' fit.txt)
    ours=$(awk -v name=$name '$1 == name { gsub(/[][,]/, ""); printf "%.4g %.4g %.4g", $2, $3, $4; exit }' example.txt)
    check "$name is $theirs, not $ours" [ "$theirs" = "$ours" ]
done
check "a bad table is one line" [ "$("$example" nowhere.csv 2>&1 | wc -l)" -eq 1 ]
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
