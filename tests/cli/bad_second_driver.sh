small_sweep 200M >sweep.json
tinyscale sweep run sweep.json >first.txt 2>&1 &
first=$!
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    tinyscale sweep status small 2>/dev/null | grep -q running && break
    sleep 0.2
done
lines=$(wc -l <small/ledger.jsonl)
tinyscale sweep run sweep.json
echo "exit $?"
tinyscale sweep run small
echo "exit $?"
[ "$(wc -l <small/ledger.jsonl)" -ge "$lines" ] && kill -0 $first && echo "the first goes on"
kill -TERM $first
wait $first
echo "exit $?"
tail -n 1 first.txt
