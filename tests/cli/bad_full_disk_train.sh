# The run stops where no more can be written; with room again it goes on, and ends as if nothing had been.
small_config >config.json
quiet tinyscale data make --tokens 60k --heldout-tok 8k --out corpus.tok
quiet tinyscale train config.json --out whole --corpus corpus.tok
small_disk 256k
fill_disk 30000
tinyscale train config.json --out disk/run --corpus corpus.tok
echo "exit $?"
ls disk/run | grep result.json
rm disk/filler
quiet tinyscale train config.json --out disk/run --corpus corpus.tok --resume
for run in whole disk/run; do grep '"loss"' $run/result.json; done | uniq | wc -l
