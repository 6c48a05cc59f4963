# How precise the sealed forecast is expected to be, before a sweep starts; beside the seal, once there is one.
cat >grid.json <<'JSON'
{ "name": "s", "data": { "source": "zipf-memory", "tokens": "60k", "heldout_tok": "8k" },
  "base": { "layers": 1, "d_head": 8, "ctx": 16, "batch_tok": 128, "lanes": 1, "eval_tok": 4096 },
  "axes": { "d_model": [8, 16, 24], "tokens": ["1k", "2k", "4k"] },
  "hero": { "d_model": 32, "tokens": "8k" } }
JSON
tinyscale sweep plan grid.json 2>err.txt | grep '^expected' || cat err.txt
tinyscale sweep plan grid.json --json 2>err.txt >plan.json || cat err.txt
sed -n '/"expected": {/,/^    ]/p' plan.json
ls s
sed 's/"hero": {/"hero": [ { "d_model": 32, "tokens": "32k" }, {/; s/"8k" } }/"8k" } ] }/' grid.json >two.json
tinyscale sweep plan two.json 2>err.txt | grep '^expected' || cat err.txt
tinyscale sweep run grid.json >run.txt 2>err.txt || cat err.txt
grep -E '^(expected|sealed|run)' run.txt
tinyscale sweep status s 2>err.txt | tail -1
# Why nothing can be told; and nothing where nothing is foretold.
sed 's/"tokens": \[.*\]/"tokens": ["1k", "2k"], "experts": [1, 2]/' grid.json >experts.json
sed 's/"d_model": \[.*\], "tokens"/"d_model": [8, 16], "tokens"/' grid.json >few.json
sed 's/\] },$/] } }/; /hero/d' grid.json >none.json
for spec in experts few none; do tinyscale sweep plan $spec.json --out $spec 2>err.txt | grep '^expected' || cat err.txt | grep -v wall; done
printf "params,tokens\n1,2\n" >bad.csv
tinyscale fit --expect bad.csv
