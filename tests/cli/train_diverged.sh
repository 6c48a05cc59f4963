# A run that diverges: its result and its log are kept, the command fails, a sweep has a row of it.
small_config >config.json
tinyscale train config.json --out run --lr 100 --clip 0 --log-steps 1
echo "exit $?"
grep -oE '"(end|loss|loss_se)": [^,]*' run/result.json
wc -l <run/log.jsonl
tinyscale train config.json --out again --lr 100 --json >result.json
echo "exit $?"
sed -n '1,2p; $p' result.json
refused tinyscale eval run
refused tinyscale eval run --json
small_sweep | sed 's/"seeds": \[1\]/"runs": [{"d_model": 8, "lr": 100, "clip": 0}]/' >sweep.json
quiet tinyscale sweep run sweep.json
tinyscale sweep status small | tail -n 1
points small | grep -c diverged
grep -h diverged small/runs/*/stderr.txt
# Of one held-out window no sampling error is known.
tinyscale train config.json --out one --eval-tok 1
grep -oE '"loss_se": [^,]*' one/result.json
tinyscale eval one
tinyscale eval one --json
small_sweep | sed 's/"eval_tok": 4096/"eval_tok": 1/' >sweep.json
quiet tinyscale sweep run sweep.json --out windows
grep -o '"loss_se":[^,]*' windows/ledger.jsonl
points windows | grep -E 'nan|inf' || echo 'points.csv has neither nan nor inf'
