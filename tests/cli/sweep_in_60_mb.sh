# A sweep, hero and all, within 60 MB of address space: no thread of a library that is not needed takes it or hangs.
cat >sweep.json <<'JSON'
{ "name": "small", "data": { "source": "zipf-memory", "tokens": "60k", "heldout_tok": "8k" },
  "base": { "layers": 1, "d_head": 8, "ctx": 16, "batch_tok": 128, "lanes": 1, "eval_tok": 4096 },
  "axes": { "d_model": [8, 16, 24], "tokens": ["2k", "4k", "8k"] }, "hero": { "d_model": 32, "tokens": "8k" } }
JSON
export TINYSCALE_QUIET=1
ulimit -v 60000
timeout -s KILL 60 tinyscale sweep run sweep.json | grep -v sealed
