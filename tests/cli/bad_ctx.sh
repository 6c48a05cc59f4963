# A run that is refused does not claim its directory: the mended config trains there.
quiet tinyscale data make --tokens 60k --heldout-tok 8k --out corpus.tok
small_config | sed 's/"ctx": 16/"ctx": 8001/; s/"batch_tok": 128/"batch_tok": 8001/; s/"4k"/"16k"/' >config.json
refused tinyscale train config.json --out run --corpus corpus.tok
small_config | sed 's/"ctx": 16/"ctx": 60001/; s/"batch_tok": 128/"batch_tok": 60001/; s/"4k"/"64k"/' >config.json
refused tinyscale train config.json --out run --corpus corpus.tok
small_config >config.json
quiet tinyscale train config.json --out run --corpus corpus.tok
small_sweep 30k | sed 's/"ctx": 16/"ctx": 8001/; s/"batch_tok": 128/"batch_tok": 8001/; s/"2k"/"16k"/' >sweep.json
refused tinyscale sweep run sweep.json --out made >made.txt
head -n 1 made.txt
ls made # the corpus had to be made to know its size
small_sweep >sweep.json
quiet tinyscale sweep run sweep.json --out made
