# Files that tinyscale did not write are not written over, whatever command is told to.
small_config >run.json
quiet tinyscale train run.json --out r
echo precious >notes.txt
table=law=chinchilla,E=0.9,A=19,alpha=0.3,B=84,beta=0.35,params=1e4:3e5:4,tokens=3e5:5e6:4,noise=0.003
quiet tinyscale fit --simulate "$table" --resamples 20 --save runs.csv
quiet tinyscale fit --simulate "$table" --resamples 20 --save runs.csv
refused tinyscale fit --simulate "$table" --resamples 20 --save notes.txt
refused tinyscale report runs.csv --out notes.txt
refused tinyscale report runs.csv --out runs.csv
echo "<html><body>my own page</body></html>" >runs.html
refused tinyscale report runs.csv
refused tinyscale eval r --logits notes.txt
refused tinyscale eval r --logits r/checkpoint/model.safetensors
quiet tinyscale eval r --logits logits.safetensors
quiet tinyscale eval r --logits logits.safetensors
tables() { tinyscale fit --series 42,28,14,6 --tables "$1" >/dev/null; }
mkdir theirs
echo "my own table" >theirs/steps.tex
refused tables theirs
quiet tables tables
quiet tables tables
ls tables
for file in log.jsonl checkpoint/model.safetensors; do
    mkdir -p r2/checkpoint
    echo precious >r2/$file
    refused tinyscale train run.json --out r2
    rm -r r2
done
small_sweep >sweep.json
for file in points.csv fit.json report.html prediction.json; do
    mkdir s
    echo precious >s/$file
    refused tinyscale sweep plan sweep.json --out s
    refused tinyscale sweep run sweep.json --out s
    rm -r s
done
mkdir s
echo precious >s/notes.txt
quiet tinyscale sweep plan sweep.json --out s
quiet tinyscale sweep run sweep.json --out s
cat s/notes.txt
