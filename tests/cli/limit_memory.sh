# Memory that is refused is one line that says how much was wanted, and no bug.
export OMP_NUM_THREADS=1
(ulimit -v 400000; tinyscale --version >/dev/null 2>&1) || skip "this build does not start in 400 MB"
small_config >config.json
(ulimit -v 400000; tinyscale train config.json --out run --d-model 2048 --d-head 64 --layers 8)
echo "exit $?"
ls run | grep -v -e config.json -e corpus.tok -e lock
quiet tinyscale train config.json --out run --resume
awk 'BEGIN { print "params,tokens,loss"; for (i = 0; i < 1000000; i++) printf "1e%d,1e%d,2.%d\n", i % 5 + 3, i % 7 + 4, i }' >large.csv
(ulimit -v 120000; tinyscale fit large.csv)
echo "exit $?"
# Products that are beyond all addresses.
tinyscale train config.json --out large --d-model 65536 --d-head 64 --layers 1000 --lanes 8 --d-ff 1048576 \
    --experts 4096 --activation swiglu
echo "exit $?"
# No thread of a library finds too little room, tries for ever, and keeps the program from ending.
(ulimit -v 100000; timeout 20 tinyscale --version >/dev/null)
echo "exit $?"
