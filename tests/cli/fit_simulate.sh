# Tables of runs that were never made: fitted, saved and fitted as a stranger's, studied; and what a SPEC may not be.
law='law=chinchilla,E=0.9,A=18.97,alpha=.3,B=84.37,beta=.35'
grid='params=1e4:3e5:5,tokens=3e5:5e6:4,seeds=2,noise=0.003,trunk=0.005'
values() { sed -n '/^parameters/,/^$/p'; }
tinyscale fit --simulate "$law,$grid" --resamples 20 --save runs.csv | tee out.txt | sed -n '/^what was planted/,/^$/p' |
    awk '{ print $1, $5 }' # names and truths; the rest is the fit's
values <out.txt >simulated.txt
head -n 1 runs.csv && wc -l <runs.csv
tinyscale fit runs.csv --resamples 20 | values | diff - simulated.txt && echo "the same from the file"
cat >spec.json <<'END'
// comments are fine
{ "law": "chinchilla", "E": 0.9, "A": 18.97, "alpha": 0.3, "B": 84.37, "beta": 0.35,
  "params": "1e4:3e5:5", "tokens": "3e5:5e6:4", "seeds": 2, "noise": 0.003, "trunk": 0.005 }
END
tinyscale fit --simulate spec.json --resamples 20 | values | diff - simulated.txt && echo "the same from a spec file"
tinyscale fit --simulate "$law,$grid" --simulations 4 --resamples 20 --json | grep -c '"covered":'
tinyscale fit --simulate "$law,$grid" --bootstrap row --resamples 20 | grep 'one by one'
refused tinyscale fit --simulate "$law,${grid#*,}"
refused tinyscale fit --simulate "$law,$grid,trnk=.1"
refused tinyscale fit --simulate "law=chinchila,$grid"
refused tinyscale fit --simulate nowhere.json
refused tinyscale fit --simulate "$law,$grid" runs.csv
refused tinyscale fit --simulate "$law,$grid" --where 'params>1e4'
refused tinyscale fit --simulate "$law,$grid" --bootstrap rows
refused tinyscale fit runs.csv --simulations 5
echo '{ "law": "chinchilla", "seedz": 2 }' >bad.json
refused tinyscale fit --simulate bad.json
echo '{ "law": "chinchilla", "law": "power" }' >bad.json
refused tinyscale fit --simulate bad.json
