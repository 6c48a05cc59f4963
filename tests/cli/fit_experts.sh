# Models with experts beside dense ones: what they are worth, and the laws that know experts.
table() { # table EXPONENT ...: sizes times tokens, dense and with E experts worth E^EXPONENT times their size
    awk -v power="$1" 'BEGIN {
        print "N,active,D,final,C,E,k,width,wall_s"
        for (i = 0; i < 5; i++) for (j = 0; j < 4; j++) for (e = 1; e <= 8; e *= 2) {
            n = 2e4 * 2^i; d = 2e5 * 3^j
            printf "%d,%d,%d,%.6f,%.6g,%d,1,%d,%.6g\n", n * e, n, d,
                1 + 20 * (n * e^power)^-0.3 + 90 * d^-0.35, 6 * n * d * (e > 1 ? 1.02 : 1), e, 16 * (i + 1),
                1e-9 * n * d * (e > 1 ? 1.25 : 1)
        }
    }'
}
table 0.3 >runs.csv
columns='params=N,params_active=active,tokens=D,loss=final,flops=C,experts=E,top_k=k,d_model=width'
tinyscale fit runs.csv --columns "$columns" --resamples 40 >out.txt
sed -n '/^the law of the dense runs/,/^$/p; /^what experts are worth/,/^$/p; /: worth/,$p' out.txt | grep -v rms
tinyscale fit runs.csv --columns "$columns" --resamples 40 --json | grep -c '"gain_in_flops": {'
tinyscale fit runs.csv --columns "$columns" --law moe-clark --resamples 0 | sed -n '1,2p; /^dense models/,/^$/p'
tinyscale fit runs.csv --columns "$columns" --law moe-granularity --resamples 0
tinyscale fit runs.csv --columns "params=N,tokens=D,loss=final,experts=E" --law moe-clark
tinyscale fit runs.csv --columns "params=N,tokens=D,loss=final,experst=E"
# dense rows alone say nothing of experts
tinyscale fit runs.csv --columns "$columns" --where E=1 --resamples 0 | grep -c experts
tinyscale fit runs.csv --columns "$columns" --where E=1 --resamples 0 --law all >out.txt; grep -c '^moe' out.txt
true
