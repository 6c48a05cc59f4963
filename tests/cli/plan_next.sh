# A sweep that is planned, run, and planned on from what it found: what was run stays, and is not run again.
small_sweep 8k >sweep.json
tinyscale sweep plan sweep.json --out s --budget 3s --forecast d_model=32,tokens=32k --out-spec first.json >plan.txt 2>err.txt || cat err.txt
grep -c '"seed": ' first.json >runs.txt && test "$(cat runs.txt)" -ge 8 && echo "some runs were chosen"
sed -n '/^to be foretold/p' plan.txt
grep -cE '^(chosen|best uniform grid): .* expected error of the forecast [0-9.]+ %' plan.txt
grep -c '^[0-9a-f]*  hero ' plan.txt
quiet tinyscale sweep run first.json --out s
points s | sed 1d | cut -d, -f1 | sort >before.txt
test "$(wc -l <before.txt)" -eq "$(($(cat runs.txt) + 1))" && echo "they and the hero were run"
tinyscale sweep plan s --next --budget 2s --tuning-share 0.25 --forecast d_model=48,tokens=64k --out-spec second.json --explain >plan.txt 2>err.txt || cat err.txt
grep '^left for tuning' plan.txt
grep -c 'runs so far weigh' plan.txt
grep -c 'without .* the expected error would be' plan.txt | sed 's/^[1-9][0-9]*$/some say what they buy/'
# The tables of chosen runs in JSON are those of the spec.
tinyscale sweep plan s --next --budget 2s --forecast d_model=48,tokens=64k --json 2>err.txt >plan.json || cat err.txt
grep -cE '^  "(budget_s|chosen_s|runs|choice|spec)":' plan.json
quiet tinyscale sweep run second.json --out s
points s | sed 1d | cut -d, -f1 | sort >after.txt
comm -23 before.txt after.txt | wc -l | sed 's/^/gone: /' # the first hero, whose place another has
test "$(wc -l <after.txt)" -gt "$(wc -l <before.txt)" && echo "more runs were made"
grep -c '"start"' s/ledger.jsonl >starts.txt
test "$(cat starts.txt)" -eq "$(cat before.txt after.txt | sort -u | wc -l)" && echo "none was run twice"
