# Whatever was being written when the disk filled up: every run that ended stays, and the rest is done later.
export TINYSCALE_QUIET=1
small_sweep >sweep.json
quiet tinyscale sweep run sweep.json --out whole
small_disk 1m
quiet tinyscale sweep plan sweep.json --out disk/s
fill_disk 160000
tinyscale sweep run sweep.json --out disk/s --jobs 1
echo "exit $?"
ended=$(grep -c '"status":"done"' disk/s/ledger.jsonl)
rm disk/filler
quiet tinyscale sweep status disk/s
quiet tinyscale sweep run disk/s
[ "$(grep -c '"status":"done"' disk/s/ledger.jsonl)" -eq 4 ] && [ "$ended" -ge 1 ] && [ "$ended" -lt 4 ] && echo "none twice, none lost"
points whole >whole.txt
points disk/s | cmp - whole.txt && echo "same points"
