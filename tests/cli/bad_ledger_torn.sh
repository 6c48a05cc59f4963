# A torn last line is dropped and said; the run that it told of is found again, and no other is run again.
small_sweep >sweep.json
quiet tinyscale sweep run sweep.json --out whole
cp -r whole torn
truncate -s -30 torn/ledger.jsonl
refused tinyscale sweep status torn | grep -E 'runs,|exit'
tinyscale sweep run torn
points whole >whole.txt
points torn | cmp - whole.txt && echo "same points"
tinyscale sweep status torn | tail -n 1
