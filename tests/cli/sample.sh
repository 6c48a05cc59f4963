# Text that a run's checkpoint continues: as much as was asked for, the same for the same seed, the longer one beginning
# with the shorter, and past the context (16 tokens) a function of the last 16 tokens alone.
i=0
while [ "$i" -lt 400 ]; do
    echo "the cat sat on the mat and the dog sat on the log, number $i"
    i=$((i + 1))
done >text.txt
small_config '"tokens": "40k"' | sed 's/"zipf-memory", "tokens": "60k"/"text", "path": "text.txt", "documents": "lines"/; s/"tokens": "4k", //' >config.json
quiet tinyscale train config.json --out run
tinyscale sample run --prompt "the cat" --tokens 60 --seed 7 >long.txt
wc -c <long.txt
tinyscale sample run --prompt "the cat" --tokens 60 --seed 7 | cmp - long.txt && echo "the same seed, the same text"
tinyscale sample run --prompt "the cat" --tokens 60 --seed 8 | cmp -s - long.txt || echo "another seed, another text"
tinyscale sample run --prompt "the cat" --tokens 5 --seed 7 | head -c 12 | cmp -n 12 - long.txt && echo "a shorter one is its beginning"
tinyscale sample run --prompt "the cat sat on the mat" --tokens 30 --temperature 0 >likeliest.txt
head -c 40 likeliest.txt | tail -c 16 >last.txt
tinyscale sample run --prompt "$(cat last.txt)" --tokens 12 --temperature 0 | head -c 28 | tail -c 12 >on.txt
head -c 52 likeliest.txt | tail -c 12 | cmp - on.txt && echo "only the last 16 count"
