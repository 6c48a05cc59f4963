# Text that a run's checkpoint goes on with: as much as was asked for, the same for the same seed, a longer one begins
# with the shorter one, and past the context (16 tokens) each token follows from the last 16 alone.
export TINYSCALE_QUIET=1
n=0
while [ $n -lt 400 ]; do
    echo "the cat sat on the mat and the dog sat on the log, number $n"
    n=$((n + 1))
done >text.txt
small_config | sed 's/"zipf-memory", "tokens": "60k"/"text", "path": "text.txt", "documents": "lines"/' >config.json
quiet tinyscale train config.json --out run
text() { tinyscale sample run --prompt "$@"; }
text "the cat" --tokens 60 --seed 7 >long.txt
wc -c <long.txt
text "the cat" --tokens 60 --seed 7 | cmp - long.txt && echo "the same seed, the same text"
text "the cat" --tokens 60 --seed 8 | cmp -s - long.txt || echo "another seed, another text"
text "the cat" --tokens 5 --seed 7 | head -c 12 | cmp -n 12 - long.txt && echo "a shorter one is its beginning"
text "the dog sat on the " --tokens 60 --temperature 0 >likeliest.txt
n=20
while [ $n -lt 79 ]; do
    text "$(head -c $n likeliest.txt | tail -c 16)" --tokens 1 --temperature 0 | head -c 17 | tail -c 1
    n=$((n + 1))
done >each.txt
head -c 79 likeliest.txt | tail -c 59 | cmp - each.txt && echo "only the last 16 count"
