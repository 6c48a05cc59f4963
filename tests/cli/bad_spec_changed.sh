# A directory's own spec that changed since it was run: edited or damaged, it is said. Runs of the old one are counted.
small_sweep >sweep.json
quiet tinyscale sweep run sweep.json
sed -i 's/"seeds": \[1\]/"seeds": [2]/' small/sweep.json
tinyscale sweep status small 2>&1 | grep -E 'edited|runs,'
tinyscale sweep run small 2>&1 | grep -E 'edited|ledger|done'
tinyscale sweep status small 2>&1 | grep -E 'edited|runs,'
