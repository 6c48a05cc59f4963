# A text that is no longer what its corpus was made from is noticed; one that is gone is said to be.
text_sweep() {
    small_sweep | sed "s/\"data\": {[^}]*}/\"data\": { \"source\": \"text\", \"path\": \"$1\", \"documents\": \"lines\" }/"
}
seq 1 5000 >text.txt
text_sweep text.txt >sweep.json
quiet tinyscale sweep run sweep.json --out s
tinyscale data describe s/corpus.tok --json | grep -E 'source_(bytes|crc32)'
quiet tinyscale sweep run sweep.json --out s
echo "--- another size"
cp text.txt kept.txt
echo 5001 >>text.txt
refused tinyscale sweep run sweep.json --out s
refused tinyscale sweep plan s
small_config | sed 's/"data": {[^}]*}/"data": { "source": "text", "path": "text.txt", "documents": "lines" }/' >run.json
refused tinyscale train run.json --corpus s/corpus.tok --out r
tinyscale sweep status s | tail -n 1
echo "--- other contents"
sed s/1/7/ kept.txt >text.txt
refused tinyscale sweep run sweep.json --out s
tinyscale sweep status s | tail -n 1
echo "--- gone"
rm text.txt
tinyscale sweep plan s >plan.txt && tail -n 1 plan.txt | cut -c 1-6
echo "--- back"
cp kept.txt text.txt
quiet tinyscale sweep run s
echo "--- a directory of texts"
mkdir texts
cp kept.txt texts/a
cp kept.txt texts/b
text_sweep texts >sweep.json
quiet tinyscale sweep run sweep.json --out d
mv texts/b texts/c
refused tinyscale sweep run sweep.json --out d
mv texts/c texts/b
quiet tinyscale sweep run sweep.json --out d
echo "--- standard input"
small_config | sed 's/"data": {[^}]*}/"data": { "source": "text", "path": "-", "documents": "lines" }/' >run.json
quiet tinyscale train run.json --corpus in.tok --out r1 <text.txt
tinyscale train run.json --corpus in.tok --out r2 </dev/null 2>&1 | grep -c "its text" || true
