# What a planner cannot plan is said in one line, and nothing is written but the sweep's directory.
small_sweep 8k >sweep.json
quiet tinyscale sweep plan sweep.json --out s
try() { echo "$*"; refused tinyscale "$@"; }
try sweep plan sweep.json --out s --budget 5s
try sweep plan sweep.json --out s --forecast d_model=32,tokens=32k
try sweep plan sweep.json --out s --next
try sweep plan sweep.json --out s --budget 5s --forecast d_model=32
try sweep plan sweep.json --out s --budget 5s --forecast d_mode=32,tokens=32k
try sweep plan sweep.json --out s --budget 5s --forecast d_model=wide,tokens=32k
try sweep plan sweep.json --out s --budget 5s --forecast d_model=12,tokens=32k
try sweep plan sweep.json --out s --budget 5s --forecast d_model=16,tokens=4k
try sweep plan sweep.json --out s --budget 5s --forecast flops=1e9 --out-spec sweep.json
try sweep plan sweep.json --out s --budget 5s --tuning-share 2
try sweep run sweep.json --out s --forecast flops=1e9
echo mine >s/candidates.csv
try sweep plan sweep.json --out s --budget 5s --forecast d_model=32,tokens=32k
# What the analysis refuses comes through in its words.
rm s/candidates.csv
tinyscale sweep plan sweep.json --out s --budget 5s --forecast d_model=32,tokens=32k --next
echo "exit $?"
# The analysis by itself.
head -n 4 s/candidates.csv >few.csv
try fit --choose few.csv --budget 5s
try fit --choose few.csv --forecast params=1e5,tokens=1e6
try fit --choose few.csv --forecast params=1e5 --budget 5s
try fit --choose few.csv --forecast size=1e5 --budget 5s
try fit --choose few.csv --forecast params=1e5,tokens=1e6 --budget 5s
try fit --choose s/candidates.csv --forecast params=1e5,tokens=1e6 --budget 0.01s
try fit --choose sweep.json --forecast params=1e5,tokens=1e6 --budget 5s
try fit --forecast params=1e5,tokens=1e6
echo mine >choice.json
try fit --choose s/candidates.csv --forecast params=1e5,tokens=1e6 --budget 2s --save-choice choice.json
