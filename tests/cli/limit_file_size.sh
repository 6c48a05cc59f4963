# A limit on the size of files is a disk that is full: one line, and what was there stays.
quiet tinyscale data make --tokens 60k --heldout-tok 8k --out corpus.tok
small_config >config.json
(ulimit -f 20; refused tinyscale data make --tokens 1M --out corpus.tok)
(ulimit -f 20; refused tinyscale data make --tokens 1M --out other.tok)
(ulimit -f 40; tinyscale train config.json --out run --corpus corpus.tok --d-model 64)
echo "exit $?"
ls run | grep result.json
quiet tinyscale train config.json --out run --corpus corpus.tok --d-model 64 --resume
