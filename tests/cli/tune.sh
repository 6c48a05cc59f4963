# A sweep that tunes its learning rate: what the plan says before and after, where it stands, and what a fit says of it.
cat >sweep.json <<'JSON'
{ "name": "tuned", "data": { "source": "markov", "symbols": 16, "order": 1, "tokens": "60k", "heldout_tok": "10k" },
  "base": { "layers": 1, "d_head": 8, "ctx": 16, "batch_tok": 256, "eval_tok": "4k", "lr": 0.02 },
  "axes": { "d_model": [8, 16, 24], "tokens": ["6k", "12k", "24k"] },
  "tune": { "lr": { "at": { "d_model": [8, 16], "tokens": ["6k"] }, "grid": [0.0005, 0.001, 0.002], "extend": 0, "check": 0 } } }
JSON
tinyscale sweep plan sweep.json 2>err | grep -E '^tuning|^predicted|rate of a curve|tuned at|^d_model'
tinyscale sweep plan sweep.json --json 2>err | grep -E '"(tuning_s|share_of_flops|untuned)"'
tinyscale sweep run sweep.json --jobs 1 2>err | grep -vE '^next'
grep untuned err
tinyscale sweep status tuned 2>err | tail -n 2
tinyscale fit tuned --resamples 40 2>err | grep -oE 'reasons .*UNTUNED|untuned: .*|n points .*'
sed 's/"tune"/"tine"/' sweep.json >bad.json
tinyscale sweep plan bad.json 2>&1
sed 's/"extend"/"extent"/' sweep.json >bad.json
tinyscale sweep plan bad.json 2>&1
