# A directory has its corpus, and the spec then names a text that cannot be read.
small_sweep >sweep.json
quiet tinyscale sweep plan sweep.json --out s
sed 's/"data": {[^}]*}/"data": { "source": "text", "path": "nowhere.txt" }/' sweep.json >text.json
for i in 1 2 3; do refused tinyscale sweep plan text.json --out s; done
