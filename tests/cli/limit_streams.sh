# A standard stream that is closed is nobody's file: talk goes nowhere, the log and the results are as always.
small_config >config.json
quiet tinyscale train config.json --out whole
tinyscale train config.json --out run 2>&- | cut -c1-5
log() { sed 's/,"tok_per_s.*//' "$1/log.jsonl"; }
[ "$(log run)" = "$(log whole)" ] && [ ! -s run/lock ] && echo "the log is the same, the lock empty"
tinyscale train config.json --out none <&- >&- 2>&-
echo "all closed: exit $?, as the result could not be printed"
grep -c '"end": "done"' none/result.json
tinyscale eval run >&-
echo "exit $?"
tinyscale data make - --out x.tok <&-
echo "exit $?"
# Nor is a descriptor for progress that nobody opened: the next file would be it.
tinyscale train config.json --out fd --progress-fd 7
echo "exit $?"
tinyscale train config.json --out fd --progress-fd 7 7<config.json
echo "exit $?"
ls -d fd 2>/dev/null
tinyscale train config.json --out fd --progress-fd 7 7>progress.txt
tail -n 1 progress.txt
