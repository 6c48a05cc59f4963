# What the settings of any column are worth beside a baseline: muon needs half of adamw's compute at every scale.
awk 'BEGIN {
    print "params,tokens,loss,optimizer,width"
    alpha = 0.3; beta = 0.35; eta = alpha * beta / (alpha + beta)
    for (k = 0; k < 2; k++) for (i = 0; i < 5; i++) for (j = 0; j < 4; j++) {
        n = 2e4 * 2^i; d = 2e5 * 3^j
        printf "%d,%d,%.7f,%s,16\n", n, d, 1 + (20 * n^-alpha + 90 * d^-beta) * (k ? 2^-eta : 1), k ? "muon" : "adamw"
    }
}' >runs.csv
tinyscale fit runs.csv --worth optimizer=adamw --resamples 40 >out.txt
sed -n '/^dropped rows/,/^$/p; /^settings of/,/^$/p; /^what optimizer is worth/,/^$/p; /: worth/,$p' out.txt
tinyscale fit runs.csv --worth optimizer --resamples 40 --json >out.json
grep -E '"(field|baseline)"' out.json
grep -c '"gain_in_tokens": {' out.json
grep 'the baseline is' out.json
refused tinyscale fit runs.csv --worth optimzer
refused tinyscale fit runs.csv --worth optimizer=adam
refused tinyscale fit runs.csv --worth width
refused tinyscale fit runs.csv --worth optimizer=adamw,width=16
refused tinyscale fit --simulate law=chinchilla,E=1,A=20,alpha=0.3,B=90,beta=0.35,params=1e4:1e5:4,tokens=1e5:1e6:4 --worth optimizer
