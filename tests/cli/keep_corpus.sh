# A corpus that stands there is never replaced by another one, and a text never by a corpus.
quiet tinyscale data make --source markov --symbols 8 --tokens 60k --heldout-tok 8k --out mine.tok
small_config >run.json
refused tinyscale train run.json --corpus mine.tok --out r
mkdir r2
cp mine.tok r2/corpus.tok
refused tinyscale train run.json --out r2
small_sweep >sweep.json
mkdir s
cp mine.tok s/corpus.tok
refused tinyscale sweep plan sweep.json --out s
refused tinyscale sweep run sweep.json --out s
sed 's/"data": {[^}]*}/"data": { "source": "tokens", "path": "mine.tok" }/' run.json >as_it_is.json
quiet tinyscale train as_it_is.json --out r3
refused tinyscale train as_it_is.json --corpus other.tok --out r4
seq 1 2000 >text.txt
refused tinyscale data make text.txt --documents lines --out text.txt
refused tinyscale data make --out run.json
mkdir texts
cp text.txt texts/a.txt
refused tinyscale data make texts --documents lines --out texts/corpus.tok
quiet tinyscale data make text.txt --documents lines --out mine.tok
: >empty.tok
quiet tinyscale data make text.txt --documents lines --out empty.tok
cmp mine.tok empty.tok
