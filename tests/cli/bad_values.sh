# What a list of key=value, a flag or a spec says twice, half, or out of all range is refused.
awk 'BEGIN { print "params,tokens,loss"
    for (n = 1e4; n < 1e6; n *= 3) for (t = 1e5; t < 1e7; t *= 5) print n "," t "," 1 + 20 * n^-.3 + 80 * t^-.35 }' >runs.csv
small_config >config.json
try() { echo "$*"; refused tinyscale "$@"; }
try fit runs.csv --fix alpha=.3,alpha=.4
try fit runs.csv --fix A=20,lnA=3
try fit runs.csv --fix alpha==.3
try fit runs.csv --fix 'alpha<.3'
try fit runs.csv --fix alpha=1e308
try fit runs.csv --fix A=1e-308
try fit runs.csv --fix alpha=.3x
try fit runs.csv --fix alpha=
try fit runs.csv --bound A=1:9,lnA=0:1
try fit runs.csv --bound alpha==.1:1
try fit runs.csv --bound alpha=1e-308:1e308
try fit runs.csv --fix alpha=.3 --bound alpha=.1:1
try fit runs.csv --predict params=1e5,tokens=1e6,params=2e5
try fit runs.csv --predict 'params>=1e5,tokens=1e6'
try fit runs.csv --predict params=1e308,tokens=1e6
try fit runs.csv --predict params=1e5,tokens=-1
try fit runs.csv --columns params=params,params=tokens
try fit runs.csv --shape vocab=256,vocab=512
try fit runs.csv --shape vocab=1e-308,aspect=32
try fit --simulate law=chinchilla,law=power
try fit runs.csv --where 'loss=>2'
try fit runs.csv --where 'loss="2'
try fit runs.csv --price -1
try fit runs.csv --watts 1e13
try fit runs.csv --law power --law chinchilla
try fit runs.csv --resamples 0 --resamples=0
try train config.json --out run --lr 1 --lr 2
try train config.json --out run --qk-norm --qk_norm false
try train config.json --out run --lr 1e309
small_sweep | sed 's/8, 16/8, 16, 8/' >sweep.json
try sweep plan sweep.json
small_sweep | sed 's/\[1\]/[1, 1.0]/' >sweep.json
try sweep plan sweep.json
small_sweep | sed 's/"lanes": 1/"lanes": null/' >sweep.json
try sweep plan sweep.json
small_sweep | sed 's/"2k"/null/' >sweep.json
try sweep plan sweep.json
