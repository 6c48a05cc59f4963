# The same runs, counted otherwise: widths 16 to 512 eight times as wide as deep, bytes, no noise.
table() {
    awk 'BEGIN {
        print "params,tokens,loss,d_model,layers,vocab,ctx"
        for (i = 0; i <= 5; i++) for (j = 0; j <= 4; j++) {
            d = 16 * 2^i; n = 1.5 * d^3 + 512 * d; t = 20 * n * 4^(j - 2)
            printf "%.0f,%.0f,%.8f,%d,%g,256,128\n", n, t, 0.9 + 19 * n^-0.3 + 84 * t^-0.35, d, d / 8
        }
    }'
}
table >runs.csv
tinyscale fit runs.csv --resamples 0 --recount --shape params=total,tied=no >out.txt
sed -nE '/^(params|flops) c/p; /^recounted/,$p' out.txt
tinyscale fit runs.csv --resamples 0 --count hidden --flops exact --shape params=total,tied=no | grep -E 'column|counted|^(alpha|a) '
tinyscale fit runs.csv --resamples 0 --recount --json | grep -cE '"(N|C)": "'
tinyscale fit runs.csv --resamples 0 --json | grep -o '"recount": null'
cut -d, -f1-3 runs.csv >bare.csv
tinyscale fit bare.csv --resamples 0 --count hidden --shape params=total,vocab=256,aspect=8,tied=no | grep -E 'column|counted|^alpha|--shape'
refused tinyscale fit bare.csv --count hidden
refused tinyscale fit bare.csv --flops exact
refused tinyscale fit bare.csv --count hiden
refused tinyscale fit bare.csv --shape vocab=many
