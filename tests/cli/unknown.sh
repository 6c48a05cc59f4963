# What is misspelt is named, and the nearest right word beside it.
small_config >config.json
small_sweep >sweep.json
try() { echo "$*"; refused tinyscale "$@"; }
try swep run sweep.json
try data mak
try sweep rum sweep.json
try data make --sorce markov --out x.tok
try train config.json --out run --d-modle 16
try eval run --jsn
try sample run --promt a
try sweep run sweep.json --job 2
try sweep status sweep.json --budget 3m
try sweep status sweep.json --out x
try fit x.csv --estimater l2-log
try report x --ot report.html
try data make --source marcov --out x.tok
printf 'params,tokens,loss\n1,2,3\n' >x.csv
try fit x.csv --law chinchila
try fit x.csv --estimator huber
try fit x.csv --law x
