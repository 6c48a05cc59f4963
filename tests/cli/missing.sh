# What is not there is named.
small_config >config.json
small_sweep >sweep.json
try() { echo "$*"; refused tinyscale "$@"; }
try data
try data make
try data describe
try data describe nowhere.tok
try train
try train config.json
try train nowhere.json --out run
try eval nowhere
try sample nowhere
try sweep
try sweep run
try sweep run nowhere.json
try sweep status nowhere
try fit
try fit nowhere.csv
try report nowhere
