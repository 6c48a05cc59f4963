# A damaged line anywhere else is no torn end: nothing is guessed.
small_sweep >sweep.json
quiet tinyscale sweep run sweep.json
sed -i '2s/^\(.\{30\}\).*/\1/' small/ledger.jsonl
refused tinyscale sweep run small
refused tinyscale sweep status small
refused tinyscale fit small
