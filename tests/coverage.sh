#!/bin/sh
# coverage.sh TINYSCALE [SIMULATIONS]: how often 90 % intervals hold the truth, over simulated sweeps (200 of each design).
# Prints the table of docs/coverage.md. Fails unless the default bootstrap covers 85 to 95 % of everything in the designs that
# are judged, and the naive one, of rows drawn one by one, misses that in the first of them.
set -u
tinyscale=$1
simulations=${2:-200}
surface='law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35'
bytes='law=chinchilla,E=0.6,A=120,alpha=0.46,B=9,beta=0.15'
failed=0

# row JUDGED NAME BOOTSTRAP SPEC [FLAGS]: one line of the table. JUDGED: covers, misses (something lies outside 85 to 95 %) or shown.
row() {
    judged=$1 name=$2 kind=$3 spec=$4
    shift 4
    TINYSCALE_QUIET=1 "$tinyscale" fit --simulate "$spec" --simulations "$simulations" --bootstrap "$kind" "$@" --json |
        awk -v judged="$judged" -v name="$name" -v kind="$kind" '
            /"failed":/ { failed = $2 + 0 }
            /": \{/ { split($0, part, "\""); at = part[2] }
            /"covered":/ { covered[at] = $2 }
            /"OK":/ { ok = $2 }
            END {
                n = split("E,alpha,beta,a,prediction,new run", names, ",")
                line = "| " name " | " kind " |"
                for (i = 1; i <= n; i++) {
                    c = covered[names[i]]
                    outside += !(c >= 0.85 && c <= 0.95)
                    line = line sprintf(" %.1f |", 100 * c)
                }
                good = judged == "covers" ? outside == 0 && failed == 0 : judged == "misses" ? outside > 0 : 1
                print line sprintf(" %.0f | %s%s |", 100 * ok, judged == "shown" ? "" : judged, good ? "" : ": NOT SO")
                exit !good
            }' || failed=1
}

echo "| design | bootstrap | E | alpha | beta | a | law at 10x | new run at 10x | status OK | must |"
echo "|---|---|---:|---:|---:|---:|---:|---:|---:|---|"
noise='noise=0.003,trunk=0.005'
main="$surface,params=1e4:3e5:8,tokens=3e5:5e6:5,$noise"
row covers "8 sizes x 2 seeds x 5 lengths" wild "$main,seeds=2"
row shown "the same" group "$main,seeds=2"
row misses "the same" row "$main,seeds=2"
row covers "8 sizes x 3 seeds x 5 lengths" wild "$main,seeds=3"
row shown "the same" group "$main,seeds=3"
row misses "the same" row "$main,seeds=3"
row covers "the same, l2-log" wild "$main,seeds=3" --estimator l2-log
row covers "the same, alpha .46, beta .15" wild "$bytes,params=1e4:3e5:8,tokens=3e5:5e6:5,$noise,seeds=3"
row covers "the same, three times the noise" wild "$surface,params=1e4:3e5:8,tokens=3e5:5e6:5,noise=0.009,trunk=0.015,seeds=3"
row covers "6 sizes x 4 lengths, independent runs" wild "$surface,params=1e4:3e5:6,tokens=1e5:6e6:4,noise=0.006"
row shown "5 sizes x 1 seed x 4 lengths" wild "$surface,params=1e4:3e5:5,tokens=3e5:5e6:4,$noise"
row shown "the same" group "$surface,params=1e4:3e5:5,tokens=3e5:5e6:4,$noise"
row shown "demo: 4 sizes x 4 lengths, independent runs" wild "$surface,params=1.5e4:2e5:4,tokens=2.5e5:2e6:4,noise=0.006"
row shown "the same" group "$surface,params=1.5e4:2e5:4,tokens=2.5e5:2e6:4,noise=0.006"
row shown "4 sizes x 1 seed x 3 lengths" wild "$surface,params=1e4:2.2e5:4,tokens=64e3:256e3:3,$noise"
row shown "the same" group "$surface,params=1e4:2.2e5:4,tokens=64e3:256e3:3,$noise"
exit $failed
